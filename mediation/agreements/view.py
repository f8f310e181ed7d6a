"""What a viewer sees of an agreement: the one function that decides it, for pages, panels and fingerprints alike.

A party sees the draft, their own answers and signature, and whether the other side has signed; of somebody they are kept
apart from they see name, role and terms only: not whether that person read or signed, nor when. Nobody sees an address
or a phone. Staff see everything else.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor, StaffActor
from mediation.agreements.content import clear_checks
from mediation.agreements.kinds import AgreementState, Answer, ClauseKind, Matter
from mediation.agreements.models import Agreement, Clause, ClauseReading, Signature
from mediation.agreements.queries import (
    Signer,
    answers_to,
    clauses_of,
    current_agreement,
    parties_of,
    signatures_on,
    voided_signature,
)
from mediation.agreements.rules import confirmable, needs_paper, read_and_agreed
from mediation.agreements.visiting import Visiting, if_not, when, who
from mediation.config import Settings
from mediation.documents.canonical import content_hash
from mediation.people.queries import kept_apart_from
from mediation.sessions.models import IdentityCheck, MediationSession


@dataclass(frozen=True)
class ClauseView:
    """A clause for its reader. `who`, `when`, `if_not` are the rows below the text, empty when there is nothing to say."""

    id: str
    number: int
    kind: ClauseKind
    matter: Matter
    title: str
    text: str
    who: str
    when: str
    if_not: str
    dates: list[datetime]
    confirmable: bool
    needs_paper: bool
    checks: dict[str, bool]
    answer: Answer | None = None
    answered_at: datetime | None = None
    # Staff only: how somebody is called → what they said.
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True)
class SignerView:
    """Who has to sign. `signed` is None where the viewer may not know."""

    called: str
    name: str
    role: str
    own: bool
    signed: bool | None
    signed_at: datetime | None = None


@dataclass(frozen=True)
class AgreementView:
    """An agreement as one viewer sees it. `own_signature`: none, waiting (for the code), signed."""

    id: str
    case_id: str
    number: str
    version: int
    state: AgreementState
    facts: str
    clauses: list[ClauseView]
    signers: list[SignerView]
    content_hash: str | None
    effective_at: datetime | None
    pdf_sha256: str | None
    own_signature: str = "none"
    # When an own signature stopped to count because the draft was changed.
    voided_at: datetime | None = None
    identity_checked: bool = True
    all_agreed: bool = False

    def fingerprint(self) -> str:
        """Changes if and only if this viewer's view does; open pages look again when it differs."""
        return content_hash(_plain(asdict(self)))

    @property
    def answered(self) -> int:
        """How many clauses the viewer has said something to."""
        return sum(clause.answer is not None for clause in self.clauses)

    @property
    def unclear(self) -> list[ClauseView]:
        """Clauses in which something is not said yet."""
        return [clause for clause in self.clauses if not all(clause.checks.values())]


async def agreement_view(
    db: AsyncSession,
    viewer: StaffActor | ParticipantActor,
    case_id: str | None = None,
    *,
    settings: Settings,
    at: datetime,
) -> AgreementView | None:
    """The present agreement of the case as the viewer sees it; None when there is none, or it is not theirs.

    Staff name the case, whose access was checked before; participants see that of their own session's case.
    """
    if isinstance(viewer, ParticipantActor):
        case_id = (await db.get_one(MediationSession, viewer.session_id)).case_id
    agreement = await current_agreement(db, case_id) if case_id else None
    if agreement is None:
        return None
    parties = await parties_of(db, agreement)
    clauses = await clauses_of(db, agreement.id)
    answers = await answers_to(db, clauses)
    signatures = await signatures_on(db, agreement)
    local = at.astimezone(settings.zone).replace(tzinfo=None)
    shown = [_clause(clause, parties, local, settings) for clause in clauses]
    if isinstance(viewer, StaffActor):
        called = {party.person_id: party.called for party in parties}
        shown = [_with_answers(clause, answers, called) for clause in shown]
        signers = [_signer(party, signatures, "", frozenset()) for party in parties]
        return _view(agreement, shown, signers)
    if viewer.person_id not in {party.person_id for party in parties}:
        return None
    hidden = await kept_apart_from(db, viewer.person_id)
    own, mine = signatures.get(viewer.person_id), answers.get(viewer.person_id, {})
    voided = None if own else await voided_signature(db, agreement.id, viewer.person_id)
    return _view(
        agreement,
        [_with_own(clause, mine.get(clause.id)) for clause in shown],
        [_signer(party, signatures, viewer.person_id, hidden) for party in parties],
        own_signature="none" if own is None else "signed" if own.confirmed_at else "waiting",
        voided_at=voided.voided_at if voided and voided.void_reason == "draft_changed" else None,
        identity_checked=await db.get(IdentityCheck, viewer.participant_id) is not None,
        all_agreed=read_and_agreed([c.id for c in clauses], {key: said.answer for key, said in mine.items()}),
    )


def _view(agreement: Agreement, clauses: list[ClauseView], signers: list[SignerView], **own: Any) -> AgreementView:
    return AgreementView(
        id=agreement.id, case_id=agreement.case_id, number=agreement.number, version=agreement.version,
        state=agreement.state, facts=agreement.facts, clauses=clauses, signers=signers,
        content_hash=agreement.content_hash, effective_at=agreement.effective_at, pdf_sha256=agreement.pdf_sha256,
        **own,
    )  # fmt: skip


def _clause(clause: Clause, parties: Sequence[Signer], at: datetime, settings: Settings) -> ClauseView:
    called = {party.person_id: party.called for party in parties}
    visiting = Visiting.of(clause.fields) if clause.kind is ClauseKind.VISITING else Visiting()
    return ClauseView(
        id=clause.id, number=clause.position, kind=clause.kind, matter=clause.matter, title=clause.title,
        text=clause.text, who=who(visiting, called), when=when(visiting), if_not=if_not(visiting),
        dates=visiting.dates(at), confirmable=confirmable(clause.matter),
        needs_paper=needs_paper(clause.kind, clause.matter, settings.visiting_esign), checks=clear_checks(clause),
    )  # fmt: skip


def _with_own(clause: ClauseView, said: ClauseReading | None) -> ClauseView:
    return clause if said is None else replace(clause, answer=said.answer, answered_at=said.at)


def _with_answers(
    clause: ClauseView, answers: dict[str, dict[str, ClauseReading]], called: dict[str, str]
) -> ClauseView:
    said = {
        name: answers[person][clause.id].answer
        for person, name in called.items()
        if clause.id in answers.get(person, {})
    }
    return replace(clause, answers=said)


def _signer(party: Signer, signatures: dict[str, Signature], viewer_person: str, hidden: frozenset[str]) -> SignerView:
    if party.person_id in hidden:
        return SignerView(party.called, party.name, party.role, own=False, signed=None)
    signature = signatures.get(party.person_id)
    at = signature.confirmed_at if signature else None
    return SignerView(party.called, party.name, party.role, party.person_id == viewer_person, at is not None, at)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
