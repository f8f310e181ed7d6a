"""What a participant's link page may show: their own facts, and of the others only whom they may know about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.i18n import gettext as _
from mediation.invitations.consents import last_consent
from mediation.invitations.rules import ENTER_BEFORE, Step, may_enter_now, next_step
from mediation.invitations.wording import duration
from mediation.people.models import Person
from mediation.people.queries import protected_among
from mediation.sessions.kinds import Mode, ParticipantRole, SessionKind, Side
from mediation.sessions.models import Consent, MediationSession, Participant
from mediation.sessions.queries import participants_of
from mediation.sessions.rules import with_attending

Everybody = list[tuple[Participant, Person]]


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who will be there, by title."""

    name: str
    side: str
    role: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """Everything that the page knows."""

    session: MediationSession
    participant: Participant
    person: Person
    people: list[Row]
    meets_other_side: bool
    consultation: bool
    consent: Consent | None
    step: Step
    duration: str
    enter_from: datetime


async def link_view(db: AsyncSession, actor: ParticipantActor) -> LinkView:
    """The page of this participant, as of now."""
    session = await db.get_one(MediationSession, actor.session_id)
    everybody = await participants_of(db, session.id)
    me, person = next(pair for pair in everybody if pair[0].id == actor.participant_id)
    apart = await _kept_apart(db, everybody, person.id)
    shown = visible(everybody, me, apart)
    removed = me.removed_at is not None
    consent = await last_consent(db, me.id)
    entry_open = may_enter_now(session.state, removed, session.starts_at, now())
    titles = await _titles(db, shown)
    return LinkView(
        session=session,
        participant=me,
        person=person,
        people=[_row(each, who, me, titles) for each, who in shown],
        meets_other_side=session.mode is Mode.JOINT and not _sides_apart(everybody, me, apart),
        consultation=session.kind is SessionKind.CONSULTATION,
        consent=consent,
        step=next_step(session.state, removed, me.reply, consent.given if consent else None, entry_open),
        duration=duration(session.starts_at, session.ends_at),
        enter_from=session.starts_at - ENTER_BEFORE,
    )


async def _kept_apart(db: AsyncSession, everybody: Everybody, person_id: str) -> frozenset[str]:
    """Those of this session who must not exist for the person, companions of one kept apart from the other included."""
    people = [(who.id, each.role, each.side) for each, who in everybody]
    pairs = with_attending(await protected_among(db, [who.id for _, who in everybody]), people)
    return frozenset(other for pair in pairs if person_id in pair for other in pair - {person_id})


def visible(everybody: Everybody, me: Participant, apart: frozenset[str]) -> Everybody:
    """Those whom the reader may know about: mediator first, the reader last.

    Of somebody kept apart from the reader there is no row, nor of those who come along on that person's side.
    """
    hidden_sides = {each.side for each, who in everybody if who.id in apart} - {Side.NEUTRAL, me.side}
    shown = [
        (each, who)
        for each, who in everybody
        if each.removed_at is None and who.id not in apart and each.side not in hidden_sides
    ]
    order = {ParticipantRole.MEDIATOR: 0, ParticipantRole.JUDGE: 1, ParticipantRole.FEDERATION: 2}
    return sorted(shown, key=lambda pair: (pair[0].id == me.id, order.get(pair[0].role, 3)))


def _sides_apart(everybody: Everybody, me: Participant, apart: frozenset[str]) -> bool:
    return any(who.id in apart for each, who in everybody if each.side is not me.side)


def _row(each: Participant, who: Person, me: Participant, titles: dict[str, str]) -> Row:
    if each.id == me.id:
        return Row(_("You"), each.side.value, "")
    title = titles.get(each.staff_id or "", "")
    if each.role is ParticipantRole.MEDIATOR:
        return Row(who.called, each.side.value, _("leads, {title}").format(title=title) if title else _("leads"))
    if each.staff_id:
        return Row(who.called, each.side.value, title)
    return Row(who.called, each.side.value, _("on your side") if each.side is me.side else _("the other side"))


async def _titles(db: AsyncSession, shown: Everybody) -> dict[str, str]:
    ids = [each.staff_id for each, _who in shown if each.staff_id]
    rows = await db.execute(select(Staff.id, Staff.title).where(Staff.id.in_(ids)))
    return dict(rows.all())
