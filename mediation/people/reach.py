"""How a person may be reached safely, as delivery needs to know at the moment of sending."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.notifications.rules import Reach
from mediation.people.models import Person


async def reach_of(db: AsyncSession, person_id: str) -> Reach:
    """The person's safe channel, address and hours as they are now, not as they were when the message was written."""
    person = await db.get_one(Person, person_id)
    return Reach(
        channel=person.safe_channel.value,
        email=person.email,
        phone=person.phone,
        name=person.called,
        safe_from=person.safe_from,
        safe_until=person.safe_until,
    )
