"""The story's session while it is held, for tests: who is who, verbs by name, rooms and journal in words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, ParticipantActor, Role, StaffActor
from mediation.clock import now
from mediation.db import Database
from mediation.errors import MediationError
from mediation.invitations.consents import TEXT_VERSION, give_consent
from mediation.journal.models import JournalEntry
from mediation.live.entering import enter
from mediation.live.models import Seat
from mediation.live.seating import Live, load
from mediation.live.view import Media, Presence, Snapshot, view_for
from mediation.sessions.models import IdentityCheck, MediationSession, Mode, SessionState
from tests.story import Story

Verb = Callable[..., Awaitable[Any]]


@dataclass
class Hall:
    """`mediator`, `judge`, `worker`, `mother`, `father`: participants' ids by name, and as whom they act."""

    database: Database
    story: Story
    ids: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        story = self.story
        seats = story.seats
        self.ids = {
            "mediator": seats["mediator"].id, "judge": seats["judge"].id, "worker": seats["federation"].id,
            "mother": story.mother.participant.id, "father": story.father.participant.id,
        }  # fmt: skip
        self.actors = {
            "mediator": story.mediator.actor(), "judge": story.judge.actor(), "worker": story.worker.actor(),
            "mother": story.mother.actor(), "father": story.father.actor(), "stranger": story.stranger.actor(),
            "elsewhere": ParticipantActor("p-else", story.mother.person.id, "s-else", "", "i-else", "none"),
        }  # fmt: skip

    @property
    def session(self) -> str:
        """The session's id."""
        return self.story.session.id

    async def do(self, verb: Verb, who: str, *args: Any, **more: Any) -> Any:
        """Somebody does something in this session; names of people among the arguments become participants' ids."""
        given = [self.ids.get(arg, arg) if isinstance(arg, str) else arg for arg in args]
        return await self.database.write(lambda db: verb(db, self.actors[who], self.session, *given, **more))

    async def refused(self, verb: Verb, who: str, *args: Any, **more: Any) -> str:
        """The code with which somebody is refused."""
        with pytest.raises(MediationError) as refusal:
            await self.do(verb, who, *args, **more)
        return refusal.value.code

    async def consent(self, *names: str) -> None:
        """They agreed on their link's page to talk online."""
        for name in names:
            actor = self.actors[name]
            assert isinstance(actor, ParticipantActor)
            await self.database.write(lambda db, who=actor: give_consent(db, who, True, TEXT_VERSION))

    async def come(self, *names: str) -> None:
        """They enter, in this order."""
        for name in names:
            await self.do(enter, name)

    async def verify(self, *names: str) -> None:
        """Their identity was confirmed some time ago."""
        rows = [
            IdentityCheck(
                participant_id=self.ids[name], document="passport", confirmed_by_staff_id=self.story.mediator.staff.id,
                confirmed_at=now(),
            )
            for name in names
        ]  # fmt: skip
        await self.database.write(lambda db: _add(db, rows))

    async def seated(self) -> None:
        """Mediator, mother and father are here, and known."""
        await self.come("mediator", "mother", "father")
        await self.verify("mother", "father")

    async def set_session(self, **values: Any) -> None:
        """Change the booked session as another slice would have."""
        change = update(MediationSession).where(MediationSession.id == self.session).values(**values)
        await self.database.write(lambda db: db.execute(change))

    async def shuttle(self) -> None:
        """The sides are never to meet."""
        await self.set_session(mode=Mode.SHUTTLE)

    async def over(self) -> None:
        """The session has ended."""
        await self.set_session(state=SessionState.ENDED, ended_at=now())

    async def live(self) -> Live:
        """The session as the database has it."""
        async with self.database.read() as db:
            return await load(db, self.session)

    async def seat(self, name: str) -> Seat:
        """Somebody's seat."""
        return (await self.live()).seat(self.ids[name])

    async def rooms(self) -> dict[str, str]:
        """Where everybody sits; a waiting room is `waiting:` and whose it is."""
        names = {ident: name for name, ident in self.ids.items()}
        rooms = {}
        for ident, seat in (await self.live()).seats.items():
            kind, _, whose = seat.room.partition(":")
            rooms[names.get(ident, ident)] = f"{kind}:{names.get(whose, whose)}" if whose else seat.room
        return rooms

    async def journal(self) -> list[str]:
        """What was written down, in order."""
        async with self.database.read() as db:
            entries = await db.scalars(select(JournalEntry.action).order_by(JournalEntry.seq))
            return list(entries)

    async def view(
        self, name: str, presence: dict[str, Presence] | None = None, hear: dict[str, set[str]] | None = None
    ) -> Snapshot:
        """What somebody is shown; `hear` is what the media engine confirmed, by names."""
        lists = {self.ids[who]: frozenset(self.ids[each] for each in whom) for who, whom in (hear or {}).items()}
        present = {self.ids[who]: state for who, state in (presence or {}).items()}
        async with self.database.read() as db:
            live = await load(db, self.session)
            return await view_for(db, live, self.ids[name], present, Media(lists))


async def _add(db: AsyncSession, rows: list[IdentityCheck]) -> None:
    db.add_all(rows)


def second_judge(story: Story) -> StaffActor:
    """Another judge of the same court: not expected in the session."""
    return StaffActor(
        story.archivist.staff.id, story.archivist.person.id, story.court.id, frozenset({Role.JUDGE}), "none", "李法官"
    )
