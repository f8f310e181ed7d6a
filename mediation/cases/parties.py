"""Who the parties of a case are; making somebody of the directory, or somebody new, a party."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import CaseFile, CaseState, Party, PartyRole
from mediation.errors import Conflict, Invalid, NotAllowed
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.people.directory import add_person, tidy_phone
from mediation.people.models import Person
from mediation.people.queries import of_directory
from mediation.permissions import Action

RELATIVE = "relative"
NEW = "new"  # as `person_id`: somebody else than those of the same name or phone

_CHOOSE = marked("Please choose one of the answers.")
_EMPTY = marked("Please fill this in.")
_KNOWN = marked("Somebody with this name or phone is in the directory. Is it the same person?")
_TWICE = marked("The same person can't be on both sides.")


@dataclass(frozen=True)
class PartyEntry:
    """Somebody to be made a party: of the directory (`person_id`), or new (`name` and how to reach them)."""

    name: str = ""
    called: str = ""
    phone: str = ""
    email: str = ""
    relation: str = ""
    person_id: str = ""


def refuse_relative(role: str, field: str = "role") -> None:
    """Relatives take part only if the parties consent (人民调解法 art. 20); these consents can't be recorded here yet.

    Call it wherever somebody may be asked for with the role "relative". Raises Invalid("relatives_need_consent").
    """
    if role == RELATIVE:
        sentence = marked(
            "Relatives may take part only if both sides have agreed. This can't be recorded here yet, so they can't be added."
        )
        raise Invalid("relatives_need_consent", sentence, fields={field: sentence})


async def add_party(db: AsyncSession, actor: StaffActor, case_id: str, role: PartyRole, entry: PartyEntry) -> Party:
    """Make one more person a party of an open case.

    Raises Conflict("case_closed", "already_party"), Invalid as `person_of` does.
    """
    case = await case_for(db, actor, case_id, Action.EDIT_CASE, lock=True)
    must_be_open(case)
    person = await person_of(db, actor, entry)
    if await db.scalar(select(Party.id).where(Party.case_id == case_id, Party.person_id == person.id)):
        raise Conflict("already_party", "This person is a party already.")
    party = await make_party(db, case, person, role, entry.relation)
    record(db, actor, "party_added", case_id=case_id, subject=party.id, person=person.id, role=role.value)
    return party


async def make_party(db: AsyncSession, case: CaseFile, person: Person, role: PartyRole, relation: str) -> Party:
    """The row that makes this person a party."""
    party = Party(case_id=case.id, person_id=person.id, role=role, relation=relation.strip())
    db.add(party)
    await db.flush()
    return party


def role_of(entered: str) -> PartyRole:
    """The role that was chosen for a party. Raises Invalid; "relatives_need_consent" for a relative."""
    refuse_relative(entered)
    try:
        return PartyRole(entered)
    except ValueError:
        raise Invalid(fields={"role": _CHOOSE}) from None


def must_be_open(case: CaseFile) -> None:
    """Raises Conflict("case_closed") when the case file is closed."""
    if case.state is CaseState.CLOSED:
        raise Conflict("case_closed", "This case file is closed.")


def refuse_same_person(applicant: Person, respondent: Person) -> None:
    """Raises Invalid("same_person") when somebody would stand on both sides."""
    if applicant.id == respondent.id:
        raise Invalid("same_person", None, fields={"respondent_name": _TWICE})


async def person_of(db: AsyncSession, actor: StaffActor, entry: PartyEntry, prefix: str = "") -> Person:
    """The person that the entry means: chosen from the directory, or added to it.

    A new person who has the name or phone of somebody known is asked about first, since protection is between
    persons and a second entry of the same one would slip past it. `prefix` goes before the names of form fields.
    Raises Invalid("person_known" and others), NotAllowed.
    """
    if entry.person_id not in ("", NEW):
        chosen = await db.scalar(select(Person).where(Person.id == entry.person_id, _of_directory(actor)))
        if chosen is None:
            raise NotAllowed("person_not_yours", "This person is not in your directory.")
        return chosen
    if not entry.name:
        raise Invalid("invalid_form", fields={f"{prefix}name": _EMPTY})
    if not entry.person_id and await known_people(db, actor, entry.name, entry.phone):
        raise Invalid("person_known", None, fields={f"{prefix}person": _KNOWN})
    try:
        return await add_person(
            db, actor, name=entry.name, called=entry.called, phone=entry.phone or None, email=entry.email or None
        )
    except Invalid as bad:
        fields = {f"{prefix}{name}": sentence for name, sentence in bad.fields.items()}
        raise Invalid(bad.code, bad.sentence, fields=fields, **bad.values) from None


async def known_people(db: AsyncSession, actor: StaffActor, name: str, phone: str) -> Sequence[Person]:
    """Those of the actor's directory who have this name or this phone."""
    same: list[ColumnElement[bool]] = [Person.name == name]
    if phone:
        same.append(Person.phone.in_({phone, tidy_phone(phone)}))
    found = select(Person).where(_of_directory(actor), or_(*same)).order_by(Person.created_at).limit(8)
    return (await db.scalars(found)).all()


async def known_names(db: AsyncSession, actor: StaffActor) -> Sequence[str]:
    """Names of the actor's directory to choose from while typing; the newest 300."""
    found = select(Person.name).where(_of_directory(actor)).order_by(Person.created_at.desc()).limit(300)
    return sorted(set(await db.scalars(found)))


def _of_directory(actor: StaffActor) -> ColumnElement[bool]:
    return of_directory(actor) & Person.id.not_in(select(Staff.person_id))
