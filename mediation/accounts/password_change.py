"""A new password: chosen by its owner, or a temporary one from an administrator."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.login import end_logins
from mediation.accounts.models import Login, Staff
from mediation.accounts.passwords import hash_password, matches, temporary_password
from mediation.accounts.queries import staff_for
from mediation.accounts.rules import password_wrong
from mediation.actor import Actor, StaffActor
from mediation.db import Database, touched
from mediation.errors import Conflict, Invalid, NotSignedIn
from mediation.i18n import marked
from mediation.journal.record import record

_NOT_YOURS = marked("This is not your password.")
_SAME = marked("This is the password you have. Choose another one.")


async def change_password(database: Database, actor: StaffActor, old: str, new: str) -> None:
    """Take a new password; every other login of the account ends.

    Takes the database, as `log_in` does: hashes are computed between two transactions.
    Raises Invalid("wrong_password", "invalid_password"), Conflict when the password was changed meanwhile.
    """
    async with database.read() as db:
        staff = await db.get(Staff, actor.staff_id)
    if staff is None:
        raise NotSignedIn()
    if not await matches(staff.password_hash, old):
        raise Invalid("wrong_password", _NOT_YOURS, fields={"old": _NOT_YOURS})
    if sentence := password_wrong(new, staff.username):
        raise Invalid("invalid_password", sentence, fields={"new": sentence})
    if await matches(staff.password_hash, new):
        raise Invalid("invalid_password", _SAME, fields={"new": _SAME})
    checked, fresh = staff.password_hash, await hash_password(new)
    await database.write(lambda db: _take(db, actor, checked, fresh))


async def _take(db: AsyncSession, actor: StaffActor, checked: str, fresh: str) -> None:
    staff = await db.get_one(Staff, actor.staff_id, with_for_update=True)
    if staff.password_hash != checked:
        raise Conflict()
    staff.password_hash, staff.must_change_password = fresh, False
    await end_logins(db, Login.staff_id == staff.id, Login.id != actor.login_id)
    record(db, actor, "password_changed", subject=staff.id)


async def reset_password(database: Database, actor: Actor, staff_id: str) -> str:
    """A temporary password for somebody who forgot theirs; gives it, to be told once, and keeps only its hash.

    It must be changed at the next login; the account's logins end. Takes the database as `change_password` does.
    Raises NotAllowed, NotFound, Conflict("own_account").
    """
    async with database.read() as db:
        await _other(db, actor, staff_id)
    temporary = temporary_password()
    fresh = await hash_password(temporary)
    await database.write(lambda db: _reset(db, actor, staff_id, fresh))
    return temporary


async def _reset(db: AsyncSession, actor: Actor, staff_id: str, fresh: str) -> None:
    staff = await _other(db, actor, staff_id, lock=True)
    staff.password_hash, staff.must_change_password = fresh, True
    await end_logins(db, Login.staff_id == staff.id)
    record(db, actor, "password_reset", subject=staff.id)
    touched(db, "staff", staff.id)


async def _other(db: AsyncSession, actor: Actor, staff_id: str, *, lock: bool = False) -> Staff:
    staff = await staff_for(db, actor, staff_id, lock=lock)
    if isinstance(actor, StaffActor) and staff.id == actor.staff_id:
        raise Conflict("own_account", "You can't do this to your own account.")
    return staff
