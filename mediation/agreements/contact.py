"""No copy that a party gets holds an address or a phone: terms that contain one are refused."""

import re
import unicodedata

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import Party
from mediation.errors import Invalid
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant

_IGNORED = re.compile(r"[\s\-—－()（）]")
# A Chinese mobile number, or the 18 places of an identity number.
_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dx])(?!\d)")


async def require_no_contact(db: AsyncSession, case_id: str, text: str) -> None:
    """Raises Invalid("contact_in_terms") when the text holds a phone or identity number, or the address or mail of
    a party or of whoever comes with one."""
    plain = _plain(text)
    parties = select(Party.person_id).where(Party.case_id == case_id)
    guests = select(Participant.person_id).join(MediationSession, MediationSession.id == Participant.session_id)
    guests = guests.where(MediationSession.case_id == case_id, Participant.staff_id.is_(None))
    people = await db.scalars(select(Person).where(or_(Person.id.in_(parties), Person.id.in_(guests))))
    known = [value for person in people for value in (person.phone, person.email, person.address) if value]
    if _NUMBER.search(plain) or any(_plain(value) in plain for value in known):
        raise Invalid(
            "contact_in_terms",
            "Please leave out addresses, phone and identity numbers: everybody reads the agreement.",
        )


def _plain(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold()
