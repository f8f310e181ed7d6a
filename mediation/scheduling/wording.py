"""How kinds, modes, states, roles and replies are called; message ids, to be translated for the reader."""

from collections.abc import Iterable
from functools import reduce

from mediation.i18n import gettext, marked
from mediation.sessions.kinds import Mode, ParticipantRole, Reply, SessionKind, SessionState

KIND = {
    SessionKind.MEDIATION: marked("Mediation"),
    SessionKind.CONSULTATION: marked("Consultation with a judge"),
}
MODE = {
    Mode.JOINT: marked("Together"),
    Mode.SHUTTLE: marked("Sides kept apart"),
}
STATE = {
    SessionState.BOOKED: marked("Booked"),
    SessionState.LIVE: marked("Running"),
    SessionState.ENDED: marked("Over"),
    SessionState.CANCELLED: marked("Cancelled"),
}
ROLE = {
    ParticipantRole.MEDIATOR: marked("mediator"),
    ParticipantRole.JUDGE: marked("judge"),
    ParticipantRole.FEDERATION: marked("federation"),
    ParticipantRole.APPLICANT: marked("applicant"),
    ParticipantRole.RESPONDENT: marked("respondent"),
    ParticipantRole.COMPANION: marked("companion"),
    ParticipantRole.REPRESENTATIVE: marked("representative"),
}
REPLY = {
    Reply.NONE: marked("no answer yet"),
    Reply.ACCEPTED: marked("will come"),
    Reply.DECLINED: marked("can't come"),
    Reply.OTHER_TIME: marked("asks for another time"),
}


def listed(names: Iterable[str]) -> str:
    """Several names in one sentence: 王女士、林先生."""
    return gettext(", ").join(names)


def told_together(parts: Iterable[str]) -> str:
    """Several facts in one line: 第 3 次，背对背."""
    return reduce(lambda first, second: gettext("{first}, {second}").format(first=first, second=second), parts)
