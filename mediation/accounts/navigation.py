"""What the head of the page offers to whom."""

from mediation.actor import StaffActor
from mediation.config import Settings
from mediation.i18n import gettext as _
from mediation.permissions import Action, allowed

Link = dict[str, str]


def navigation(actor: StaffActor, settings: Settings) -> list[Link]:
    """The links this member of staff can use, in fixed order."""
    links: list[tuple[str, str, Action | None]] = [
        (_("Today"), "/day", Action.SEE_SESSION),
        (_("Case files"), "/cases", Action.SEE_CASE),
        (_("People"), "/people", Action.EDIT_PEOPLE),
        (_("Judge on call"), "/consultations", Action.ADVISE),
        (_("Archive"), "/archive", Action.SEARCH_ARCHIVE),
        (_("Staff"), "/staff", Action.MANAGE_STAFF),
        (_("Running sessions"), "/running", Action.WATCH_SESSIONS),
        (_("Messages"), "/messages", Action.SEE_MESSAGES),
        (_("Journal"), "/journal", Action.SEE_JOURNAL),
    ]
    return [
        {"label": label, "href": href}
        for label, href, action in links
        if action is None or allowed(actor.roles, action, own=True)
    ]
