"""Which outcome may close a case from which session, and what it demands. Pure."""

from mediation.cases.kinds import Outcome
from mediation.errors import Conflict, Invalid
from mediation.i18n import marked
from mediation.sessions.kinds import SessionKind, SessionState

# From a session that was cancelled nothing can have been agreed; one that is still booked is started or cancelled first.
CLOSABLE: dict[SessionState, frozenset[Outcome]] = {
    SessionState.BOOKED: frozenset(),
    SessionState.LIVE: frozenset(Outcome),
    SessionState.ENDED: frozenset(Outcome),
    SessionState.CANCELLED: frozenset({Outcome.FAILED, Outcome.WITHDRAWN, Outcome.TERMINATED}),
}

_REASON = marked("Please write why no agreement was reached.")


def check_closing(
    kind: SessionKind, state: SessionState, outcome: Outcome, reason: str, agreement_in_effect: bool
) -> None:
    """Whether this session may close its case with this outcome.

    Raises Conflict("consultation_has_no_outcome", "session_not_held", "agreement_missing", "agreement_in_effect"),
    Invalid("reason_missing").
    """
    if kind is SessionKind.CONSULTATION:
        raise Conflict("consultation_has_no_outcome", "A consultation with a judge does not close the case.")
    if outcome not in CLOSABLE[state]:
        raise Conflict(
            "session_not_held", "This session was not held. With this outcome the case can't be closed from it."
        )
    if outcome is Outcome.AGREED and not agreement_in_effect:
        # 法释〔2021〕23号 art. 19: the agreement is effective when all parties have signed.
        raise Conflict("agreement_missing", "The agreement is not in effect yet: all parties have to sign it first.")
    if outcome is not Outcome.AGREED and agreement_in_effect:
        raise Conflict(
            "agreement_in_effect", "An agreement is in effect, so the outcome is that agreement was reached."
        )
    if outcome is not Outcome.AGREED and not reason.strip():
        # art. 21: the situation and the reasons are recorded.
        raise Invalid("reason_missing", None, fields={"reason": _REASON})
