"""A party says what they think of each clause, one by one."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.agreements.kinds import Answer
from mediation.agreements.locking import locked
from mediation.agreements.models import Agreement, ClauseReading
from mediation.agreements.queries import clauses_of, parties_of, signatures_on, tell
from mediation.agreements.rules import Command, next_state
from mediation.clock import now
from mediation.errors import Conflict, NotAllowed, NotFound
from mediation.journal.record import record
from mediation.sessions.models import MediationSession


async def answer_clause(
    db: AsyncSession, actor: ParticipantActor, version: int, clause_id: str, answer: Answer
) -> None:
    """Agree, disagree, or say that it is not clear; the last answer counts until the clause is changed.

    Raises Conflict("draft_changed"), Conflict("signed_already"), NotFound, NotAllowed for who is no party.
    """
    agreement = await own_agreement(db, actor, version)
    next_state(agreement.state, Command.ANSWER)
    clause = next((clause for clause in await clauses_of(db, agreement.id) if clause.id == clause_id), None)
    if clause is None:
        raise NotFound("clause_not_found", "There is no such clause any more.")
    if actor.person_id in await signatures_on(db, agreement) and answer is not Answer.AGREE:
        raise Conflict("signed_already", "You have signed. Please withdraw your signature first.")
    reading = await db.get(ClauseReading, (clause_id, actor.person_id))
    if reading is None:
        reading = ClauseReading(clause_id=clause_id, person_id=actor.person_id)
        db.add(reading)
    reading.participant_id, reading.version, reading.answer, reading.at = (
        actor.participant_id, agreement.version, answer, now(),
    )  # fmt: skip
    record(
        db, actor, "clause_answered", case_id=agreement.case_id, subject=agreement.id, person=actor.person_id,
        number=clause.position, version=agreement.version, answer=answer.value,
    )  # fmt: skip
    await tell(db, agreement)
    await db.flush()


async def own_agreement(db: AsyncSession, actor: ParticipantActor, version: int | None) -> Agreement:
    """The present agreement of the actor's case, held, if they are one of those who sign it.

    Raises NotFound, NotAllowed, Conflict("draft_changed").
    """
    session = await db.get_one(MediationSession, actor.session_id)
    agreement = await locked(db, session.case_id, version)
    if actor.person_id not in {party.person_id for party in await parties_of(db, agreement)}:
        raise NotAllowed("no_party", "Only the parties sign the agreement.")
    return agreement
