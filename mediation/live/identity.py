"""The host confirms who somebody is, before they are admitted (法释〔2021〕23号 art. 17)."""

import re
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, StaffActor
from mediation.clock import now
from mediation.errors import Conflict, Invalid
from mediation.invitations.identity import DOCUMENTS as ACCEPTED
from mediation.journal.record import record
from mediation.live.rules import waiting_room
from mediation.live.seating import changed, load_for_host
from mediation.sessions.models import IdentityCheck

DOCUMENTS = (*ACCEPTED, "known_in_person")
_LAST_FOUR = re.compile(r"[0-9A-Za-z]{0,4}")


async def confirm_identity(
    db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str, document: str, last_four: str = ""
) -> None:
    """Write down which document was shown; of its number at most the last four characters are kept.

    The host has to be in that person's waiting room: identity is checked face to face and alone.
    Raises Invalid for an unknown document or more than four characters, Conflict when the host is elsewhere.
    """
    if document not in DOCUMENTS:
        raise Invalid("unknown_document", "Please choose the document that was shown.")
    if not _LAST_FOUR.fullmatch(last_four):
        raise Invalid("only_last_four", "Please enter only the last four characters of the number.")
    live = await load_for_host(db, actor, session_id)
    live.seat(participant_id)
    if live.seat(live.host_id).room != waiting_room(participant_id):
        raise Conflict("not_with_them", "Please go into this person's waiting room first.")
    if participant_id in live.verified:
        return
    masked = f"****{last_four}" if last_four else ""
    db.add(
        IdentityCheck(
            participant_id=participant_id,
            document=document,
            number_masked=masked,
            confirmed_by_staff_id=actor.staff_id,
            confirmed_at=now(),
        )
    )
    changed(db, actor, live, "identity_confirmed", participant=participant_id, document=document)


async def forget_old_numbers(db: AsyncSession, before: datetime) -> int:
    """Erase the last characters that were noted before that moment; that a check was made, by whom and when, stays.

    Gives how many were erased (个人信息保护法 art. 19: kept no longer than needed).
    """
    old = (IdentityCheck.confirmed_at < before, IdentityCheck.number_masked != "")
    forgotten = (await db.scalars(select(IdentityCheck.participant_id).where(*old))).all()
    if forgotten:
        await db.execute(update(IdentityCheck).where(*old).values(number_masked=""))
        record(db, SYSTEM, "identity_numbers_forgotten", count=len(forgotten))
    return len(forgotten)
