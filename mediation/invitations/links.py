"""Join links: give one, renew it, take it back. The token is derived, never stored; the database keeps its SHA-256."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor
from mediation.clock import now
from mediation.db import key_of, touched
from mediation.errors import NotFound
from mediation.invitations.models import Invitation, Way
from mediation.invitations.sending import send_request
from mediation.journal.record import record
from mediation.notifications.models import MessageKind
from mediation.people.models import Person
from mediation.sessions.kinds import SessionState
from mediation.sessions.models import MediationSession, Participant
from mediation.tokens import derive, new_id, token_hash

KEY = "link"  # load_key(settings.keys, KEY)


def token_of(key: bytes, invitation_id: str, version: int) -> str:
    """The secret of a join link: HMAC-SHA256 of invitation and version under a key outside the database."""
    return derive(key, "link", invitation_id, version)


def link_for(key: bytes, base_url: str, invitation: Invitation) -> str:
    """The whole join link. The secret is in the fragment, which browsers never send (OWASP ASVS 5.0 V14.2.1)."""
    return f"{base_url}/i/{invitation.id}#{token_of(key, invitation.id, invitation.version)}"


async def personal_link(db: AsyncSession, participant_id: str, base_url: str) -> str | None:
    """The participant's join link for delivery; None when they have none, or it was revoked."""
    invitation = await db.scalar(
        select(Invitation).where(Invitation.participant_id == participant_id, Invitation.revoked_at.is_(None))
    )
    return link_for(key_of(db, KEY), base_url, invitation) if invitation else None


async def invite(db: AsyncSession, actor: Actor, participant: Participant) -> Invitation:
    """The participant's invitation; made when there is none yet. One that was revoked stays so: only `renew` opens it."""
    invitation = await _invitation(db, participant.id)
    if invitation is None:
        ident = new_id()
        digest = token_hash(token_of(key_of(db, KEY), ident, 1))
        invitation = Invitation(id=ident, participant_id=participant.id, version=1, token_hash=digest, created_at=now())
        db.add(invitation)
        await db.flush()
        record(db, actor, "invited", case_id=await _case_id(db, participant), subject=participant.id)
    return invitation


async def renew(db: AsyncSession, actor: Actor, participant_id: str) -> Invitation:
    """Give the participant a new link and send it; the old one opens nothing from now on, nor do browsers that used it.

    The caller has checked that `actor` may. Raises NotFound for somebody who comes by a login, or who isn't expected.
    """
    participant, person, session = await _expected(db, participant_id)
    invitation = await _invitation(db, participant_id)
    if invitation is None or participant.removed_at is not None:
        raise NotFound("invitation_not_found", "There is no link that could be changed.")
    await _new_version(db, invitation)
    if session.state in (SessionState.BOOKED, SessionState.LIVE):
        await send_request(db, MessageKind.NEW_LINK, session, participant, person, invitation)
    record(
        db,
        actor,
        "link_renewed",
        case_id=session.case_id,
        subject=participant_id,
        person=person.id,
        version=invitation.version,
    )
    return invitation


async def revoke(db: AsyncSession, actor: Actor, participant_id: str) -> None:
    """Take the link back: it opens nothing, and browsers that used it are out at once. Nothing when there is none.

    The caller has checked that `actor` may.
    """
    invitation = await _invitation(db, participant_id)
    if invitation is None or invitation.revoked_at is not None:
        return
    invitation.revoked_at = now()
    await _end_ways(db, invitation)
    participant = await db.get_one(Participant, participant_id)
    touched(db, "session", participant.session_id)
    case_id, person_id = await _case_id(db, participant), participant.person_id
    record(db, actor, "link_revoked", case_id=case_id, subject=participant_id, person=person_id)


async def _new_version(db: AsyncSession, invitation: Invitation) -> None:
    invitation.version += 1
    invitation.revoked_at = None
    invitation.redeemed_at = None
    invitation.token_hash = token_hash(token_of(key_of(db, KEY), invitation.id, invitation.version))
    await _end_ways(db, invitation)


async def _end_ways(db: AsyncSession, invitation: Invitation) -> None:
    open_ways = select(Way.id).where(Way.invitation_id == invitation.id, Way.ended_at.is_(None))
    for way_id in (await db.scalars(open_ways)).all():
        touched(db, "way", way_id)
    await db.execute(
        update(Way).where(Way.invitation_id == invitation.id, Way.ended_at.is_(None)).values(ended_at=now())
    )
    await db.flush()


async def _invitation(db: AsyncSession, participant_id: str) -> Invitation | None:
    found = select(Invitation).where(Invitation.participant_id == participant_id).with_for_update()
    invitation: Invitation | None = await db.scalar(found)
    return invitation


async def _case_id(db: AsyncSession, participant: Participant) -> str:
    return (await db.get_one(MediationSession, participant.session_id)).case_id


async def _expected(db: AsyncSession, participant_id: str) -> tuple[Participant, Person, MediationSession]:
    row = (
        await db.execute(
            select(Participant, Person, MediationSession)
            .join(Person, Person.id == Participant.person_id)
            .join(MediationSession, MediationSession.id == Participant.session_id)
            .where(Participant.id == participant_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("invitation_not_found", "There is no link that could be changed.")
    return row
