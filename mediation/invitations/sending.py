"""Write one participant's message about a session, with their own invite file, into the outbox."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.calendars.entries import cancelled, requested
from mediation.calendars.itip import InviteText, cancel_file, request_file
from mediation.calendars.models import CalendarEntry
from mediation.clock import now
from mediation.i18n import speaking
from mediation.invitations.models import Invitation
from mediation.invitations.wording import Told, Wording, calendar_words, neutral_wording, party_wording, staff_wording
from mediation.notifications.models import MessageKind
from mediation.notifications.outbox import ATTENDEE, LINK, ORGANISER, CalendarPart, enqueue, invitation_waits
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant


async def send_request(
    db: AsyncSession,
    kind: MessageKind,
    session: MediationSession,
    participant: Participant,
    person: Person,
    invitation: Invitation | None,
) -> None:
    """Tell the participant about the session as it stands, unless they know already. Staff have no `invitation`."""
    version = invitation.version if invitation else 0
    entry, news = await requested(db, participant.id, session.starts_at, session.ends_at, version)
    if news and entry.sequence == 0:
        kind = MessageKind.INVITATION
    if news:
        await _send(db, kind, session, participant, person, entry)


async def send_cancel(
    db: AsyncSession,
    session: MediationSession,
    participant: Participant,
    person: Person,
    kind: MessageKind = MessageKind.CANCELLATION,
) -> None:
    """Take the session out of the participant's calendar, if they ever heard of it."""
    known = await cancelled(db, participant.id)
    if known:
        await _send(db, kind, session, participant, person, known)


async def _send(
    db: AsyncSession,
    kind: MessageKind,
    session: MediationSession,
    participant: Participant,
    person: Person,
    entry: CalendarEntry,
) -> None:
    if not entry.cancelled and await invitation_waits(db, person.id, entry.uid):
        kind = MessageKind.INVITATION  # they have not heard of the session yet, so not of a change either
    with speaking(person.locale):
        wording = _wording(kind, session, participant, person)
        summary, description = calendar_words()
    text = InviteText(summary, "" if entry.cancelled else description, LINK, ORGANISER)
    await enqueue(
        db, kind, person.id, subject=wording.subject, text=wording.text, short_text=wording.short_text,
        locale=person.locale, neutral=person.neutral_wording, participant_id=participant.id,
        link_path=f"/sessions/{session.id}" if participant.staff_id else None,
        calendar=_calendar_part(entry, text),
    )  # fmt: skip


def _wording(kind: MessageKind, session: MediationSession, participant: Participant, person: Person) -> Wording:
    told = Told(session.kind, session.starts_at, session.ends_at)
    if participant.staff_id:
        return staff_wording(kind, told, person.called)
    return neutral_wording(kind, told) if person.neutral_wording else party_wording(kind, told, person.called)


def _calendar_part(entry: CalendarEntry, text: InviteText) -> CalendarPart:
    method, build = ("CANCEL", cancel_file) if entry.cancelled else ("REQUEST", request_file)
    # Whom it is for is filled in at delivery: the address may be another one by then.
    return CalendarPart(method, entry.uid, entry.sequence, build(entry, ATTENDEE, text, now()))
