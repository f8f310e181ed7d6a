"""What may happen to an agreement, who may sign, which clauses may be signed online or confirmed by a court."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from mediation.agreements.kinds import AgreementState, Answer, ClauseKind, Matter
from mediation.errors import Conflict


class Command(StrEnum):
    """What may be done with an agreement."""

    CHANGE = "change"
    OFFER = "offer"
    ANSWER = "answer"
    SIGN = "sign"
    WITHDRAW = "withdraw"
    TAKE_EFFECT = "take_effect"
    END = "end"


_DRAFTING, _OFFERED = AgreementState.DRAFTING, AgreementState.OFFERED
_EFFECTIVE, _VOID = AgreementState.EFFECTIVE, AgreementState.VOID

# An effective agreement never changes: what the parties want otherwise is a new agreement.
STATES: dict[tuple[AgreementState, Command], AgreementState] = {
    (_DRAFTING, Command.CHANGE): _DRAFTING,
    (_DRAFTING, Command.OFFER): _OFFERED,
    (_DRAFTING, Command.ANSWER): _DRAFTING,
    (_DRAFTING, Command.END): _VOID,
    (_OFFERED, Command.CHANGE): _DRAFTING,
    (_OFFERED, Command.ANSWER): _OFFERED,
    (_OFFERED, Command.SIGN): _OFFERED,
    (_OFFERED, Command.WITHDRAW): _OFFERED,
    (_OFFERED, Command.TAKE_EFFECT): _EFFECTIVE,
    (_OFFERED, Command.END): _VOID,
}


def next_state(state: AgreementState, command: Command) -> AgreementState:
    """Where `command` leads from `state`.

    Raises Conflict with a sentence that says where the agreement stands.
    """
    reached = STATES.get((state, command))
    if reached is not None:
        return reached
    if state is _EFFECTIVE:
        raise Conflict("agreement_effective", "The agreement is in effect and can't be changed any more.")
    if state is _VOID:
        raise Conflict("agreement_void", "This draft was ended.")
    raise Conflict("not_offered", "The agreement is still being written. Please wait until it is ready to sign.")


# 电子签名法 art. 3: its guarantee does not cover documents about marriage, adoption, inheritance and the like.
_ON_PAPER = {Matter.MARRIAGE, Matter.PARENTAGE, Matter.ADOPTION, Matter.INHERITANCE}
# 民诉法解释 art. 355: not accepted are validity and dissolution of marriage, parentage, adoption, confirmation of title.
_NOT_CONFIRMED = {Matter.MARRIAGE, Matter.PARENTAGE, Matter.ADOPTION, Matter.TITLE}


def needs_paper(kind: ClauseKind, matter: Matter, visiting_esign: bool) -> bool:
    """Whether the clause has to be signed by hand on paper; for visiting clauses the court says (setting)."""
    return matter in _ON_PAPER or (kind is ClauseKind.VISITING and not visiting_esign)


def confirmable(matter: Matter) -> bool:
    """Whether a court may confirm the clause (司法确认)."""
    return matter not in _NOT_CONFIRMED


def read_and_agreed(clauses: Iterable[str], answers: dict[str, Answer]) -> bool:
    """Whether somebody agreed to each clause: nobody signs what they did not read or do not want."""
    return all(answers.get(clause) is Answer.AGREE for clause in clauses)


def everybody_signed(signers: Collection[str], signed: Collection[str]) -> bool:
    """Whether the agreement takes effect: at the last party's signature (法释〔2021〕23号 art. 19)."""
    return bool(signers) and set(signers) <= set(signed)
