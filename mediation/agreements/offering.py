"""Lay a draft before the parties to sign, or end it without them."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation
from mediation.actor import Actor, StaffActor
from mediation.agreements.content import content_of, unclear_clauses
from mediation.agreements.kinds import AgreementState
from mediation.agreements.locking import locked
from mediation.agreements.models import Agreement
from mediation.agreements.news import News, tell_parties
from mediation.agreements.queries import clauses_of, parties_of, present_session, tell
from mediation.agreements.rules import Command, needs_paper, next_state
from mediation.agreements.voiding import void_signatures
from mediation.cases.access import case_for
from mediation.clock import now
from mediation.config import Settings
from mediation.documents.canonical import content_hash
from mediation.documents.glyphs import require_printable
from mediation.errors import Invalid, NotFound
from mediation.journal.record import record
from mediation.permissions import Action


async def offer(db: AsyncSession, actor: StaffActor, case_id: str, version: int, *, settings: Settings) -> Agreement:
    """The mediator approves the draft by name (法释〔2021〕23号 art. 19) and lays it before the parties to sign.

    Raises Invalid when a clause is unclear, has to be signed on paper or can't be printed, or a side is missing;
    Conflict("draft_changed"), NotFound, NotAllowed.
    """
    case = await case_for(db, actor, case_id, Action.DRAFT_AGREEMENT)
    agreement = await locked(db, case_id, version)
    reached = next_state(agreement.state, Command.OFFER)
    clauses = await clauses_of(db, agreement.id)
    session = await present_session(db, case_id)
    agreement.session_id = session.id if session else agreement.session_id
    parties = await parties_of(db, agreement)
    if {party.role for party in parties} != {"applicant", "respondent"}:
        raise Invalid("side_missing", "Somebody of each side has to take part in the mediation.")
    if not clauses:
        raise Invalid("no_clauses", "The agreement has no clauses yet.")
    if unclear := unclear_clauses(clauses):
        raise Invalid("unclear_clause", "Clause {number} is not clear yet.", number=unclear[0])
    for clause in clauses:
        if needs_paper(clause.kind, clause.matter, settings.visiting_esign):
            raise Invalid("paper_needed", "Clause {number} has to be signed on paper.", number=clause.position)
    organisation = await db.get_one(Organisation, case.owner_organisation_id)
    names = [organisation.name, settings.site_name, actor.name, *(party.name + party.called for party in parties)]
    require_printable(agreement.number + "".join(names), settings.font_dir)
    agreement.state, agreement.offered_at, agreement.offered_by_staff_id = reached, now(), actor.staff_id
    agreement.parties = [party.stored() for party in parties]
    agreement.content_hash = content_hash(content_of(agreement, clauses))
    record(db, actor, "agreement_offered", case_id=case_id, subject=agreement.id, version=agreement.version)
    await db.flush()
    await tell_parties(db, agreement, News.TO_SIGN)
    await tell(db, agreement)
    await db.flush()
    return agreement


async def end_draft(db: AsyncSession, actor: Actor, case_id: str, reason: str) -> bool:
    """End the case's unfinished draft, if there is one: the mediation closed without it. Says whether there was one."""
    try:
        agreement = await locked(db, case_id, None)
    except NotFound:
        return False
    if agreement.state is AgreementState.EFFECTIVE:
        return False
    agreement.state, agreement.void_reason = next_state(agreement.state, Command.END), reason[:500]
    await void_signatures(db, agreement, "draft_ended")
    record(db, actor, "agreement_ended", case_id=case_id, subject=agreement.id)
    await tell(db, agreement)
    await db.flush()
    return True
