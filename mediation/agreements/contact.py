"""No copy that a party gets holds an address or a phone: terms that contain one are refused."""

import re

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import Party
from mediation.errors import Invalid
from mediation.people.models import Person

_IGNORED = re.compile(r"[\s\-—－()（）]")
# A Chinese mobile number, or the 18 places of an identity number.
_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")


async def require_no_contact(db: AsyncSession, case_id: str, text: str) -> None:
    """Raises Invalid("contact_in_terms") when the text holds a phone or identity number, or a party's address or mail."""
    plain = _IGNORED.sub("", text)
    people = await db.scalars(select(Person).join(Party, Party.person_id == Person.id).where(Party.case_id == case_id))
    known = [value for person in people for value in (person.phone, person.email, person.address) if value]
    if _NUMBER.search(plain) or any(_IGNORED.sub("", value) in plain for value in known):
        raise Invalid(
            "contact_in_terms",
            "Please leave out addresses, phone and identity numbers: everybody reads the agreement.",
        )
