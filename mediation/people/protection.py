"""Keep two persons apart, in every case, until somebody ends it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, Invalid
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.people.models import ProtectedPair
from mediation.people.queries import lock_people, person_for
from mediation.permissions import Action, require

LONGEST_REASON = 500
_EMPTY = marked("Please fill this in.")
_LONG = marked("This is too long.")


async def protect(
    db: AsyncSession, actor: Actor, a_id: str, b_id: str, reason: str, known: Collection[str] = ()
) -> ProtectedPair:
    """From now on neither of the two sees, hears or learns of the other; nobody can put them into one room.

    `reason` is for staff (a protection order, say) and is never shown to either of the two. `known` are people whom
    the actor knows though another organisation's directory has them: the parties of a case of theirs.
    Raises Invalid for one person twice or without a reason, Conflict("already_protected"), NotFound, NotAllowed.
    """
    pair = await _locked_pair(db, actor, a_id, b_id, reason, known)
    if pair is None:
        low, high = sorted((a_id, b_id))
        pair = ProtectedPair(low_person_id=low, high_person_id=high)
        db.add(pair)
    elif pair.ended_at is None:
        raise Conflict("already_protected", "These two are kept apart already.")
    pair.reason, pair.since, pair.ended_at, pair.end_reason = reason.strip(), now(), None, ""
    await db.flush()
    _tell(db, actor, "pair_protected", pair)
    return pair


async def end_protection(
    db: AsyncSession, actor: Actor, a_id: str, b_id: str, reason: str, known: Collection[str] = ()
) -> ProtectedPair:
    """The two need no longer be kept apart. Nobody is seated anew by this.

    Raises Conflict("not_protected"), otherwise as `protect`.
    """
    pair = await _locked_pair(db, actor, a_id, b_id, reason, known)
    if pair is None or pair.ended_at is not None:
        raise Conflict("not_protected", "These two are not kept apart.")
    pair.ended_at, pair.end_reason = now(), reason.strip()
    await db.flush()
    _tell(db, actor, "protection_ended", pair)
    return pair


async def _locked_pair(
    db: AsyncSession, actor: Actor, a_id: str, b_id: str, reason: str, known: Collection[str]
) -> ProtectedPair | None:
    # The persons' rows are locked before anything is read: seating and booking take the same locks first.
    await lock_people(db, {a_id, b_id})
    require(actor, Action.PROTECT)
    for person_id in {a_id, b_id}.difference(known):
        await person_for(db, actor, person_id, Action.PROTECT)
    if a_id == b_id:
        raise Invalid("same_person", "Nobody can be kept apart from themselves.")
    if not reason.strip():
        raise Invalid("reason_missing", _EMPTY, fields={"reason": _EMPTY})
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason_too_long", _LONG, fields={"reason": _LONG})
    low, high = sorted((a_id, b_id))
    of_the_two = ProtectedPair.low_person_id == low, ProtectedPair.high_person_id == high
    return await db.scalar(select(ProtectedPair).where(*of_the_two))


def _tell(db: AsyncSession, actor: Actor, action: str, pair: ProtectedPair) -> None:
    record(db, actor, action, subject=pair.id, people=[pair.low_person_id, pair.high_person_id])
    touched(db, "pair", pair.low_person_id)
    touched(db, "pair", pair.high_person_id)
