"""What the live page says; message ids, to be translated for the reader."""

from collections import Counter
from collections.abc import Sequence

from mediation.i18n import gettext as _
from mediation.i18n import marked
from mediation.live.rules import LEFT, is_waiting
from mediation.scheduling.wording import ROLE
from mediation.watching.kinds import AlertKind
from mediation.watching.queries import PersonWatched
from mediation.watching.rules import Watched

ALERT = {
    AlertKind.MEDIATOR_LOST: marked("Nobody leads: the session runs without them"),
    AlertKind.NO_MEDIA: marked("No sound or picture comes"),
    AlertKind.UNVERIFIED: marked("Identity is not confirmed"),
    AlertKind.WAITING_LONG: marked("Waiting for a long time"),
}


def place(watched: Watched) -> str:
    """Where somebody is, without telling with whom."""
    if watched.room is None:
        return _("has not come")
    if watched.room == LEFT:
        return _("has left")
    if watched.lost_at is not None:
        return _("connection lost")
    return _("in the waiting room") if is_waiting(watched.room) else _("in the room")


def called_by_role(people: Sequence[PersonWatched]) -> dict[str, str]:
    """Participant id → their role, numbered where several have it."""
    many = Counter((each.participant.role, each.participant.side) for each in people)
    seen: Counter[object] = Counter()
    told = {}
    for each in people:
        key = (each.participant.role, each.participant.side)
        seen[key] += 1
        role = _(ROLE[each.participant.role])
        told[each.participant.id] = f"{role} {seen[key]}" if many[key] > 1 else role
    return told
