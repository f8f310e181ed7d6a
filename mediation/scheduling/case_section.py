"""The sessions of a case, on its page."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.models import CaseFile, CaseState
from mediation.cases.sections import NextStep, Section
from mediation.i18n import gettext as _
from mediation.permissions import Action, allowed
from mediation.scheduling import wording
from mediation.scheduling.queries import Planned, sessions_of
from mediation.sessions.kinds import SessionState


async def on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """All sessions of the case with their state; the next step while one is to be booked or held."""
    if not allowed(actor.roles, Action.SEE_SESSION, own=True):
        return None
    planned = await sessions_of(db, case.id)
    may_book = case.state is CaseState.OPEN and allowed(actor.roles, Action.BOOK, own=True)
    return Section(
        "scheduling/on_case_page.html",
        {"planned": planned, "may_book": may_book, "wording": wording},
        order=20,
        tab=(_("Sessions"), len(planned)),
        anchor="sessions",
        next_step=_next_step(case, planned, may_book),
    )


def _next_step(case: CaseFile, planned: list[Planned], may_book: bool) -> NextStep | None:
    if case.state is CaseState.CLOSED:
        return None
    for each in planned:
        href = f"/sessions/{each.session.id}"
        if each.session.state is SessionState.LIVE:
            return NextStep(35, _("The session is running"), "", _("Enter the mediation room"), f"{href}/room")
        if each.session.state is SessionState.BOOKED:
            return NextStep(
                30, _("The next session is booked"), _("See who comes, or enter."), _("Open the session"), href
            )
    if not may_book:
        return None
    return NextStep(
        20,
        _("Book a session"),
        _("Find a time when everybody is free."),
        _("Book a session"),
        f"/cases/{case.id}/sessions/new",
    )
