"""Add people to the directory, change what is known of them, look at how to reach them."""

from typing import Unpack

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, StaffActor
from mediation.clock import now
from mediation.db import key_of
from mediation.errors import Conflict
from mediation.journal.record import record
from mediation.people.details import Details, fill
from mediation.people.models import Person
from mediation.people.queries import person_for
from mediation.people.rules import phone_of
from mediation.permissions import Action, require
from mediation.tokens import derive


async def add_person(
    db: AsyncSession, actor: Actor, *, organisation_id: str | None = None, **details: Unpack[Details]
) -> Person:
    """Somebody new in the directory of the actor's organisation (or of `organisation_id`, for the workstation itself).

    Without `called` others hear of them by their name. Of the identity number only the masked form is kept.
    Raises NotAllowed, Invalid("invalid_person") with a sentence per detail.
    """
    require(actor, Action.EDIT_PEOPLE)
    own = actor.organisation_id if isinstance(actor, StaffActor) else organisation_id
    person = Person(name="", called="", created_at=now(), organisation_id=own)
    fill(person, {"name": "", **details})
    db.add(person)
    await db.flush()
    record(db, actor, "person_added", subject=person.id)
    return person


async def edit_person(
    db: AsyncSession, actor: Actor, person_id: str, *, seen: str | None = None, **details: Unpack[Details]
) -> Person:
    """Change what is given, keep the rest; `seen` is `as_seen` of the person as the actor saw them.

    Raises NotFound, NotAllowed, Invalid("invalid_person") with a sentence per detail, Conflict("person_changed") when
    somebody else changed something meanwhile: a stale form would undo it, a safe hour for example.
    """
    person = await person_for(db, actor, person_id, Action.EDIT_PEOPLE, lock=True)
    if seen is not None and seen != as_seen(db, person):
        raise Conflict(
            "person_changed", "Somebody else has changed this in the meantime. What you wrote is still here."
        )
    if changed := fill(person, dict(details)):
        await db.flush()
        record(db, actor, "person_edited", subject=person.id, fields=changed)
    return person


async def show_contact(db: AsyncSession, actor: Actor, person_id: str) -> Person:
    """The person with phone, e-mail and address in full; that somebody looked is journalled.

    Raises NotFound, NotAllowed.
    """
    person = await person_for(db, actor, person_id, Action.SEE_CONTACT)
    record(db, actor, "contact_shown", subject=person.id)
    return person


def as_seen(db: AsyncSession, person: Person) -> str:
    """A mark of what is stored of the person at this moment, for a form to carry.

    Under a key, since a phone number could be found from a bare hash of it.
    """
    stored = [getattr(person, column.key) for column in Person.__mapper__.column_attrs]
    return derive(key_of(db, "seen"), *stored)


def tidy_phone(entered: str) -> str:
    """The phone as the directory stores it; what is no phone number stays as it is."""
    return phone_of(entered) or entered
