"""Write an agreement: start, clauses, facts. Every change raises the version and voids what was signed."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.agreements.clauses import LONGEST_TEXT, ClauseDraft, checked
from mediation.agreements.contact import require_no_contact
from mediation.agreements.kinds import AgreementState, ClauseKind
from mediation.agreements.locking import locked
from mediation.agreements.models import Agreement, Clause
from mediation.agreements.queries import clauses_of, current_agreement, parties_of, present_session, tell
from mediation.agreements.rules import Command, next_state
from mediation.agreements.templates import TEMPLATES
from mediation.agreements.voiding import void_signatures
from mediation.cases.access import case_for
from mediation.cases.models import CaseState
from mediation.clock import now
from mediation.config import Settings
from mediation.documents.glyphs import require_printable
from mediation.errors import Conflict, Invalid, NotFound
from mediation.journal.record import record
from mediation.permissions import Action

MOST_CLAUSES = 30


async def start_agreement(
    db: AsyncSession, actor: StaffActor, case_id: str, template: str = "visiting-a-child"
) -> Agreement:
    """A new draft from a template ("visiting-a-child", "empty"), for the mediation that is held or was held last.

    Raises Conflict when a draft is open, Invalid when no mediation was booked, NotFound, NotAllowed.
    """
    case = await case_for(db, actor, case_id, Action.DRAFT_AGREEMENT, lock=True)
    if case.state is CaseState.CLOSED:
        raise Conflict("case_closed", "The case file is closed.")
    present = await current_agreement(db, case_id)
    if present is not None and present.state is not AgreementState.EFFECTIVE:
        raise Conflict("draft_open", "There is a draft already.")
    session = await present_session(db, case_id)
    if session is None:
        raise Invalid("no_session", "Please book a mediation first.")
    if template not in TEMPLATES:
        raise Invalid("unknown_template", "Please choose one of the templates.")
    serial = 1 + (await db.scalar(select(func.max(Agreement.serial)).where(Agreement.case_id == case_id)) or 0)
    agreement = Agreement(
        case_id=case_id, session_id=session.id, serial=serial, number=f"{case.number}-{serial}", version=1,
        created_by_staff_id=actor.staff_id, created_at=now(),
    )  # fmt: skip
    db.add(agreement)
    await db.flush()
    parties = await parties_of(db, agreement)
    for position, draft in enumerate(TEMPLATES[template](parties), start=1):
        db.add(_new_clause(agreement, position, checked(draft, parties)))
    record(db, actor, "agreement_started", case_id=case_id, subject=agreement.id, template=template)
    await tell(db, agreement)
    await db.flush()
    return agreement


async def add_clause(
    db: AsyncSession, actor: StaffActor, case_id: str, version: int, draft: ClauseDraft, *, settings: Settings
) -> Clause:
    """Append a clause.

    Raises Invalid for what can't be in an agreement, Conflict("draft_changed"), NotFound, NotAllowed.
    """
    agreement, clauses = await _changeable(db, actor, case_id, version)
    if len(clauses) >= MOST_CLAUSES:
        raise Invalid("too_many_clauses", "An agreement can have at most {most} clauses.", most=MOST_CLAUSES)
    draft = checked(draft, await parties_of(db, agreement))
    await _acceptable(db, case_id, settings, draft.title, draft.text)
    await _changed(db, actor, agreement, "clause_added")
    clause = _new_clause(agreement, len(clauses) + 1, draft)
    db.add(clause)
    await db.flush()
    return clause


async def edit_clause(
    db: AsyncSession, actor: StaffActor, case_id: str, version: int, clause_id: str, draft: ClauseDraft, *,
    settings: Settings,
) -> None:  # fmt: skip
    """Change a clause; what was said to it no longer holds. Saving it unchanged changes nothing.

    Raises Invalid for what can't be in an agreement, Conflict("draft_changed"), NotFound, NotAllowed.
    """
    agreement, clauses = await _changeable(db, actor, case_id, version)
    clause = _among(clauses, clause_id)
    draft = checked(draft, await parties_of(db, agreement))
    await _acceptable(db, case_id, settings, draft.title, draft.text)
    said = (draft.kind, draft.matter, draft.title, draft.text, draft.fields)
    if said == (clause.kind, clause.matter, clause.title, clause.text, clause.fields):
        return
    await _changed(db, actor, agreement, "clause_changed", number=clause.position)
    clause.kind, clause.matter, clause.title, clause.text, clause.fields = said
    clause.changed_in = agreement.version
    await db.flush()


async def remove_clause(db: AsyncSession, actor: StaffActor, case_id: str, version: int, clause_id: str) -> None:
    """Take a clause out. Raises Conflict("draft_changed"), NotFound, NotAllowed."""
    agreement, clauses = await _changeable(db, actor, case_id, version)
    gone = _among(clauses, clause_id)
    await _changed(db, actor, agreement, "clause_removed", number=gone.position)
    await db.delete(gone)
    for position, clause in enumerate((clause for clause in clauses if clause is not gone), start=1):
        clause.position = position
    await db.flush()


async def move_clause(db: AsyncSession, actor: StaffActor, case_id: str, version: int, clause_id: str, by: int) -> None:
    """Move a clause up (-1) or down (+1); at the edge nothing changes. Raises Conflict("draft_changed"), NotFound."""
    agreement, clauses = await _changeable(db, actor, case_id, version)
    clause = _among(clauses, clause_id)
    target = clause.position + (1 if by > 0 else -1)
    other = next((each for each in clauses if each.position == target), None)
    if other is None:
        return
    await _changed(db, actor, agreement, "clause_moved", number=clause.position)
    clause.position, other.position = other.position, clause.position
    await db.flush()


async def write_facts(
    db: AsyncSession, actor: StaffActor, case_id: str, version: int, facts: str, *, settings: Settings
) -> None:
    """The undisputed facts that stand above the terms (人民调解法 art. 29). Raises as `edit_clause` does."""
    agreement, _clauses = await _changeable(db, actor, case_id, version)
    if len(facts) > LONGEST_TEXT:
        raise Invalid("too_long", "This is too long.", fields={"facts": "This is too long."})
    await _acceptable(db, case_id, settings, facts)
    if facts == agreement.facts:
        return
    await _changed(db, actor, agreement, "facts_changed")
    agreement.facts = facts
    await db.flush()


async def _changeable(
    db: AsyncSession, actor: StaffActor, case_id: str, version: int
) -> tuple[Agreement, list[Clause]]:
    await case_for(db, actor, case_id, Action.DRAFT_AGREEMENT)
    agreement = await locked(db, case_id, version)
    next_state(agreement.state, Command.CHANGE)
    return agreement, list(await clauses_of(db, agreement.id))


async def _changed(
    db: AsyncSession, actor: StaffActor, agreement: Agreement, action: str, number: int | None = None
) -> None:
    agreement.state = next_state(agreement.state, Command.CHANGE)
    agreement.version += 1
    agreement.parties, agreement.content_hash = [], None
    agreement.offered_at = agreement.offered_by_staff_id = None
    await void_signatures(db, agreement, "draft_changed")
    about = {} if number is None else {"number": number}
    record(db, actor, action, case_id=agreement.case_id, subject=agreement.id, version=agreement.version, **about)
    await tell(db, agreement)


async def _acceptable(db: AsyncSession, case_id: str, settings: Settings, *texts: str) -> None:
    for text in texts:
        require_printable(text, settings.font_dir)
    await require_no_contact(db, case_id, " ".join(texts))


def _new_clause(agreement: Agreement, position: int, draft: ClauseDraft) -> Clause:
    return Clause(
        agreement_id=agreement.id, position=position, kind=ClauseKind(draft.kind), matter=draft.matter,
        title=draft.title, text=draft.text, fields=draft.fields, changed_in=agreement.version,
    )  # fmt: skip


def _among(clauses: list[Clause], clause_id: str) -> Clause:
    clause = next((clause for clause in clauses if clause.id == clause_id), None)
    if clause is None:
        raise NotFound("clause_not_found", "There is no such clause any more.")
    return clause
