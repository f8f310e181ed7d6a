"""The story with something to leak: strings that occur nowhere else, planted in each side and in who comes with them."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.db import Database
from mediation.invitations.models import Invitation, Way
from mediation.people.models import Person
from mediation.sessions.models import Participant, ParticipantRole, Side
from mediation.tokens import new_id, new_token, token_hash
from tests.story import Guest, Story

FACTS: dict[str, dict[str, str]] = {
    "mother": {
        "name": "欧阳静姝", "called": "欧阳女士", "phone": "13871110001", "email": "ouyang.jingshu@planted.example",
        "address": "青禾市槐荫里甲一号", "identity_number_masked": "1101**********771X",
    },
    "mother_companion": {
        "name": "司徒婉容", "called": "司徒阿姨", "phone": "13871110002", "email": "situ.wanrong@planted.example",
        "address": "青禾市槐荫里乙二号", "identity_number_masked": "1101**********772X",
    },
    "father": {
        "name": "端木承宇", "called": "端木先生", "phone": "13971110003", "email": "duanmu.chengyu@planted.example",
        "address": "青禾市柳絮巷丙三号", "identity_number_masked": "1101**********773X",
    },
    "father_companion": {
        "name": "上官明诚", "called": "上官叔叔", "phone": "13971110004", "email": "shangguan.mingcheng@planted.example",
        "address": "青禾市柳絮巷丁四号", "identity_number_masked": "1101**********774X",
    },
}  # fmt: skip
REACH = ("phone", "email", "address", "identity_number_masked")
OTHER = {"mother": "father", "father": "mother"}


@dataclass
class Planted:
    """The guests by name; what each said and wrote; `case_words`: what staff wrote about one side."""

    story: Story
    guests: dict[str, Guest]
    said: dict[str, list[str]] = field(default_factory=dict)
    seen_of: dict[str, list[str]] = field(default_factory=dict)

    def say(self, name: str, what: str) -> str:
        """A sentence of this person that occurs nowhere else."""
        sentence = f"{name}-{what}-planted"
        self.said.setdefault(name, []).append(sentence)
        return sentence

    def side(self, name: str) -> list[str]:
        """The party and their companion."""
        return [name, f"{name}_companion"]

    def names(self, name: str) -> list[str]:
        """Names of this side's party."""
        return [FACTS[name]["name"], FACTS[name]["called"]]

    def companion_names(self, name: str) -> list[str]:
        """Names of whoever comes with this party."""
        return [FACTS[f"{name}_companion"]["name"], FACTS[f"{name}_companion"]["called"]]

    async def hidden(self, database: Database, name: str) -> list[str]:
        """Everything about this side that nobody kept apart from it may ever receive, names of the party apart."""
        return [
            *(FACTS[who][fact] for who in self.side(name) for fact in REACH),
            *(sentence for who in self.side(name) for sentence in self.said.get(who, [])),
            *self.companion_names(name),
            *await self._identifiers(database, name),
            *self.seen_of.get(name, []),
        ]

    async def _identifiers(self, database: Database, name: str) -> list[str]:
        people = [self.guests[who].person.id for who in self.side(name)]
        mine = select(Participant.id).where(Participant.person_id.in_(people))
        async with database.read() as db:
            participants = list(await db.scalars(mine))
            found = select(Invitation.id, Invitation.token_hash).where(Invitation.participant_id.in_(participants))
            invitations = list(await db.execute(found))
        return [*people, *participants, *(part for row in invitations for part in row)]


async def plant(database: Database, story: Story) -> Planted:
    """Give both parties their strings, and each a companion with strings of their own."""
    guests = {"mother": story.mother, "father": story.father}
    for name, guest in list(guests.items()):
        for fact, value in FACTS[name].items():
            setattr(guest.person, fact, value)
        facts, person_id = FACTS[name], guest.person.id
        await database.write(lambda db, f=facts, p=person_id: _change(db, p, f))  # type: ignore[misc]
        side = guest.participant.side
        companion = FACTS[f"{name}_companion"]
        guests[f"{name}_companion"] = await database.write(
            lambda db, f=companion, s=side: _companion(db, story, f, s)  # type: ignore[misc]
        )
    return Planted(story, guests)


async def cookie_of(database: Database, guest: Guest) -> str:
    """The cookie of a browser in which this guest's link was redeemed."""
    token = new_token()

    async def unit(db: AsyncSession) -> None:
        db.add(Way(invitation_id=guest.invitation.id, token_hash=token_hash(token), created_at=now()))

    await database.write(unit)
    return f"way_{guest.invitation.id}={token}"


async def _change(db: AsyncSession, person_id: str, facts: dict[str, Any]) -> None:
    await db.execute(update(Person).where(Person.id == person_id).values(**facts))


async def _companion(db: AsyncSession, story: Story, facts: dict[str, str], side: Side) -> Guest:
    person = Person(**facts, organisation_id=story.case.owner_organisation_id, created_at=now())
    db.add(person)
    await db.flush()
    participant = Participant(
        session_id=story.session.id, person_id=person.id, role=ParticipantRole.COMPANION, side=side, required=False
    )
    db.add(participant)
    await db.flush()
    invitation = Invitation(
        id=new_id(), participant_id=participant.id, token_hash=token_hash(new_token()), created_at=now()
    )
    db.add(invitation)
    await db.flush()
    return Guest(person, participant, invitation)
