"""One-time codes sent to a person's safe channel, to confirm that it is they who sign.

The code is an HMAC of its row's id under a key outside the database: neither the database, nor the outbox, nor a log
holds anything from which it could be read or tried out.
"""

import hmac
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.db import key_of
from mediation.errors import Expired, Invalid, TooMany
from mediation.i18n import gettext as _
from mediation.i18n import marked, speaking
from mediation.notifications.models import MessageKind, OneTimeCode
from mediation.notifications.outbox import CODE, enqueue
from mediation.tokens import derive_digits

VALID_FOR = timedelta(minutes=10)
TRIES = 5
ISSUED_AT_MOST = 5  # codes for one subject within VALID_FOR
DIGITS = 6


class CodeReader(Protocol):
    """Whoever a code is sent to: a person of the directory."""

    @property
    def id(self) -> str:
        """Id of the person."""

    @property
    def locale(self) -> str:
        """The language the person reads."""


class CodeAnswer(StrEnum):
    """What came of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    SPENT = "spent"

    def or_refuse(self) -> None:
        """Nothing for the right code; otherwise raises Invalid("code_wrong"), Expired or TooMany.

        To be called after the commit: an error within the unit of work would undo the counting of tries.
        """
        if self is CodeAnswer.WRONG:
            wrong = marked("This code is not right. Please look again.")
            raise Invalid("code_wrong", wrong, fields={"code": wrong})
        if self is CodeAnswer.EXPIRED:
            raise Expired("code_expired", "This code is no longer valid. Please have a new one sent.")
        if self is CodeAnswer.SPENT:
            raise TooMany("code_spent", "Too many wrong codes. Please have a new one sent.")


async def issue_code(db: AsyncSession, person: CodeReader, purpose: str, subject_id: str) -> None:
    """Send a new code for `purpose` ("sign") about `subject_id`; codes sent before for the same are void.

    Leaves at once, also outside the safe hours: the person asked for it a moment ago, with the phone in their hand,
    and it is valid for ten minutes only. The wording is neutral for everybody. Raises TooMany.
    """
    moment = now()
    recent = await db.scalar(
        select(func.count()).where(_of(purpose, subject_id), OneTimeCode.created_at > moment - VALID_FOR)
    )
    if (recent or 0) >= ISSUED_AT_MOST:
        raise TooMany("too_many_codes", "Too many codes were sent. Please wait ten minutes.")
    await db.execute(update(OneTimeCode).where(_of(purpose, subject_id)).values(expires_at=moment))
    code = OneTimeCode(
        purpose=purpose, subject_id=subject_id, person_id=person.id, created_at=moment, expires_at=moment + VALID_FOR
    )
    db.add(code)
    await db.flush()
    with speaking(person.locale):
        text = _("Your code is {code}. It is valid for 10 minutes. Tell it to nobody, not even to us.")
        await enqueue(
            db, MessageKind.CODE, person.id, subject=_("Your code"), text=text.format(code=CODE),
            short_text=text.format(code=CODE), locale=person.locale, neutral=True, code_id=code.id, at_once=True,
        )  # fmt: skip


async def check_code(db: AsyncSession, purpose: str, subject_id: str, code: str) -> CodeAnswer:
    """Try a code: right once, within ten minutes, at most five tries. Call `or_refuse()` on the answer after commit."""
    issued = await db.scalar(
        select(OneTimeCode)
        .where(_of(purpose, subject_id), OneTimeCode.used_at.is_(None))
        .order_by(OneTimeCode.expires_at.desc(), OneTimeCode.created_at.desc())
        .limit(1)
        .with_for_update()
    )
    if issued is None or issued.expires_at <= now():
        return CodeAnswer.EXPIRED
    if issued.tries >= TRIES:
        return CodeAnswer.SPENT
    issued.tries += 1
    given = "".join(character for character in code if character.isalnum())
    right = hmac.compare_digest(given.encode(), code_for(key_of(db, "code"), issued.id).encode())
    if right:
        issued.used_at = now()
    await db.flush()
    if right:
        return CodeAnswer.RIGHT
    return CodeAnswer.SPENT if issued.tries >= TRIES else CodeAnswer.WRONG


def code_for(key: bytes, code_id: str) -> str:
    """The six digits of the code `code_id`."""
    return derive_digits(key, DIGITS, "code", code_id)


def _of(purpose: str, subject_id: str) -> ColumnElement[bool]:
    return and_(OneTimeCode.purpose == purpose, OneTimeCode.subject_id == subject_id)
