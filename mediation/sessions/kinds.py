"""The words for what is booked: kinds, modes, states, roles, sides, replies. Pure, so that rules may use them."""

from enum import StrEnum


class SessionKind(StrEnum):
    """A mediation between parties, or somebody's consultation with a judge."""

    MEDIATION = "mediation"
    CONSULTATION = "consultation"


class Mode(StrEnum):
    """Joint (面对面), or shuttle (背对背): the sides never share a room."""

    JOINT = "joint"
    SHUTTLE = "shuttle"


class SessionState(StrEnum):
    """Where a session stands; moves are a table in sessions/rules.py."""

    BOOKED = "booked"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class ParticipantRole(StrEnum):
    """What a participant is in the session."""

    MEDIATOR = "mediator"
    JUDGE = "judge"
    FEDERATION = "federation"
    APPLICANT = "applicant"
    RESPONDENT = "respondent"
    COMPANION = "companion"
    REPRESENTATIVE = "representative"


class Side(StrEnum):
    """On whose side a participant is."""

    APPLICANT = "applicant"
    RESPONDENT = "respondent"
    NEUTRAL = "neutral"


class Reply(StrEnum):
    """What a participant answered to the invitation."""

    NONE = "none"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OTHER_TIME = "other_time"
