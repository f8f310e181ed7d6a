"""The story is played on a real server: real requests, real sockets, real offers, real mails; each person keeps a harvest."""

import asyncio
import re
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.models import Agreement, Clause, ClauseReading, Signature
from mediation.agreements.offering import offer
from mediation.cases.models import CaseDocument, Outcome
from mediation.clock import now
from mediation.closing.closing import close_session
from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.announce import announce_booked
from mediation.invitations.consents import TEXT_VERSION
from mediation.live.models import Consultation
from mediation.minutes.kinds import Part
from mediation.minutes.writing import write_part
from mediation.notifications.models import Message, MessageState
from mediation.scheduling.booking import book, cancel, reschedule
from mediation.sessions.kinds import Mode, ParticipantRole, SessionKind, Side
from mediation.sessions.rules import Expected
from tests.agreements.steps import drafted, sign
from tests.media.scripted_client import ScriptedClient
from tests.privacy.crawling import Harvest, crawl, filled, get_routes, mails_to
from tests.privacy.planted import FACTS, OTHER, Planted, cookie_of
from tests.signaling.client import Tab
from tests.signaling.hub import Hub

SIDES = {"mother": Side.APPLICANT, "father": Side.RESPONDENT}
# When each party read and signed, as told to the database: moments at which nothing else happened.
ACTED = {
    "mother": datetime(2026, 3, 4, 21, 41, 7, 123456, UTC),
    "father": datetime(2026, 4, 5, 22, 53, 8, 654321, UTC),
}
ACTED_SPELLED = {
    "mother": ["3月5日", "3-05 05:41", "03-04T21:41", "03-05T05:41"],
    "father": ["4月6日", "4-06 06:53", "04-05T22:53", "04-06T06:53"],
}


@dataclass
class Play:
    """Who is on the stage, and what each of them received so far."""

    hub: Hub
    planted: Planted
    settings: Settings
    stack: AsyncExitStack
    tabs: dict[str, Tab] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    harvests: dict[str, Harvest] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    clients: dict[str, ScriptedClient] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The server's database."""
        return self.hub.hall.database

    @property
    def guests(self) -> list[str]:
        """Everybody who comes by a link."""
        return list(self.planted.guests)

    def harvest(self, name: str) -> Harvest:
        """What this person received."""
        return self.harvests.setdefault(name, Harvest())

    async def cookie(self, name: str) -> str:
        """This person's cookie."""
        if name not in self.cookies:
            guest = self.planted.guests.get(name)
            self.cookies[name] = await cookie_of(self.database, guest) if guest else await self.hub.cookie(name)
        return self.cookies[name]

    async def post(self, name: str, path: str, **form: str) -> str:
        """This person sends a form that must be accepted; gives the page that comes back."""
        headers = {"Cookie": await self.cookie(name), "Origin": self.hub.url}
        async with ClientSession(headers=headers) as browser, browser.post(self.hub.url + path, data=form) as answer:
            text = await answer.text()
            assert answer.status < 400, (name, path, answer.status, text)
        self.harvest(name).tell(f"post {path}", text)
        return text

    async def come(self, *names: str) -> None:
        """They open the room; every frame that reaches them is kept as it came."""
        for name in names:
            tab = await self._tab(name)
            _keep_frames(tab, self.harvest(name))
            self.tabs[name] = await tab.open()

    async def _tab(self, name: str) -> Tab:
        guest = self.planted.guests.get(name)
        headers = {"Cookie": await self.cookie(name), "Origin": self.hub.url}
        wish = {"invitation": guest.invitation.id} if guest else {"session": self.hub.hall.session}
        made = Tab(name, self.hub.url, headers, wish)
        self.hub.tabs.append(made)
        return made

    def ident(self, name: str) -> str:
        """Somebody's participant id."""
        guest = self.planted.guests.get(name)
        return guest.participant.id if guest else self.hub.hall.ids[name]

    async def call(self, *names: str) -> None:
        """They send sound and picture from now on."""
        for name in names:
            tab = self.tabs[name]

            async def answered(sdp: str, tab: Tab = tab) -> str:
                return str((await tab.do("offer", sdp=sdp))["sdp"])

            client = ScriptedClient(name, answered)
            self.stack.push_async_callback(client.close)
            self.clients[name] = client
            await client.join(receive=4)

    async def offer_again(self) -> None:
        """Every browser asks for a new session description."""
        for client in self.clients.values():
            await client.negotiate()

    async def crawl(self, stage: str, names: Iterable[str] | None = None, *, all_routes: bool = False) -> None:
        """Everybody who came by a link reads what the server has for them; or tries whatever address there is."""
        routes = get_routes(self.hub.server.app)
        own = [pattern for pattern in routes if "invitation_id" in pattern]
        for name in names or self.guests:
            ids = await self._ids(name)
            paths = [filled(pattern, ids) for pattern in (routes if all_routes else own)]
            if name in OTHER:
                stolen = {**ids, "invitation_id": self.planted.guests[OTHER[name]].invitation.id}
                paths += [filled(pattern, stolen) for pattern in own]
            found = await crawl(self.hub.url, await self.cookie(name), paths, self.harvest(name), stage)
            self.pages[name] = self.pages.get(name, 0) + found

    async def _ids(self, name: str) -> dict[str, str]:
        """Ids to fill into routes: the reader's own invitation, and of everything else what there is."""
        story, guest = self.planted.story, self.planted.guests.get(name)
        ids = {
            "invitation_id": (guest or self.planted.guests["mother"]).invitation.id,
            "case_id": story.case.id, "session_id": story.session.id, "staff_id": story.worker.staff.id,
            "person_id": self.planted.guests[OTHER.get(name, "father")].person.id,
            "participant_id": self.ident(OTHER.get(name, "father")), "part": "applicant",
        }  # fmt: skip
        newest = {"agreement_id": Agreement, "clause_id": Clause, "message_id": Message, "document_id": CaseDocument,
                  "consultation_id": Consultation}  # fmt: skip
        async with self.database.read() as db:
            for key, table in newest.items():
                if (row := await db.scalar(select(table.id).limit(1))) is not None:
                    ids[key] = row
        return ids

    def frames(self, name: str) -> int:
        """How many events this person's socket has brought, acknowledgements aside."""
        return sum(thing.where == "event" for thing in self.harvest(name).things)

    async def settled(self) -> None:
        """Everything that changed so far has been sent."""
        await self.hub.signaling.broadcast.settled(self.hub.hall.session)


def _keep_frames(tab: Tab, harvest: Harvest) -> None:
    handle = tab.sio.eio.handlers["message"]

    async def keep(data: Any) -> None:
        text = data if isinstance(data, str) else data.decode(errors="replace")
        harvest.tell("event" if re.match(r"2\d*\[", text) else "frame", text)
        await handle(data)

    tab.sio.eio.on("message", keep)


async def answer_the_invitation(play: Play) -> None:
    """Mails go out, another session is booked, moved and cancelled; everybody replies and consents."""
    story, actor = play.planted.story, play.planted.story.mediator.actor()
    database = play.database
    await database.write(lambda db: announce_booked(db, story.session, actor))
    expected = [
        Expected(story.mediator.person.id, ParticipantRole.MEDIATOR, Side.NEUTRAL, True, story.mediator.staff.id),
        *(
            Expected(play.planted.guests[name].person.id, ParticipantRole(side.value), side)
            for name, side in SIDES.items()
        ),
    ]
    day = (now() + timedelta(days=3)).replace(hour=2, minute=0, second=0, microsecond=0)
    session = await database.write(
        lambda db: book(
            db, actor, story.case.id, kind=SessionKind.MEDIATION, mode=Mode.SHUTTLE, starts_at=day, minutes=60,
            expected=expected,
        )
    )  # fmt: skip
    await delivered(play)
    later = day + timedelta(hours=2)
    await database.write(lambda db: reschedule(db, actor, session.id, later, 60, "a later time"))
    await delivered(play)
    await database.write(lambda db: cancel(db, actor, session.id, "not needed"))
    for name, guest in play.planted.guests.items():
        base = f"/i/{guest.invitation.id}"
        await play.post(name, f"{base}/reply", answer="accepted", note=play.planted.say(name, "note"))
        await play.post(name, f"{base}/consent", given="true", version=TEXT_VERSION)


async def one_side_alone(play: Play, name: str) -> None:
    """The mediator is with one side: greets them, confirms who they are, talks, asks the judge with them."""
    host, companion = play.tabs["mediator"], f"{name}_companion"
    for who in (name, companion):
        await play.tabs[who].do("say", text=play.planted.say(who, "waiting"), key=f"{who}-waiting")
        await play.tabs[who].do("signal", kind="help")
        answer = play.planted.say(name, f"answer-to-{who}")
        await host.do("answer", participant_id=play.ident(who), text=answer, key=f"{who}-answer")
        await host.do("visit", participant_id=play.ident(who))
        await host.do("confirm_identity", participant_id=play.ident(who), document="passport", last_four="771X")
    await host.do("caucus", side=SIDES[name].value)
    await host.do("say", text=play.planted.say(name, "told-in-caucus"), key=f"{name}-host")
    await play.tabs[name].do("say", text=play.planted.say(name, "caucus"), key=f"{name}-caucus")
    await play.tabs[name].do("devices", microphone=True, camera=True)
    await play.tabs[name].do("raise_hand", raised=True)
    await host.do("mute", participant_id=play.ident(companion), muted=True)
    await host.do("ask_judge", question=play.planted.say(name, "question"))
    await host.do("consult", sides=[SIDES[name].value])
    await play.tabs[name].do("say", text=play.planted.say(name, "consultation"), key=f"{name}-judge")
    await play.offer_again()
    await play.settled()


async def draft(play: Play) -> Agreement:
    """A draft of the agreement, laid before both."""
    story, actor = play.planted.story, play.planted.story.mediator.actor()
    agreement = await drafted(play.database, story, play.settings)
    return await play.database.write(
        lambda db: offer(db, actor, story.case.id, agreement.version, settings=play.settings)
    )


async def read_and_sign(play: Play, name: str, agreement: Agreement) -> None:
    """One party signs; when they did is moved to a moment of its own."""
    await sign(play.database, play.planted.guests[name], agreement)
    person_id = play.planted.guests[name].person.id

    async def unit(db: AsyncSession) -> None:
        moment = ACTED[name]
        mine = update(Signature).where(Signature.person_id == person_id)
        await db.execute(mine.values(submitted_at=moment, confirmed_at=moment))
        await db.execute(update(ClauseReading).where(ClauseReading.person_id == person_id).values(at=moment))

    await play.database.write(unit)


async def told(play: Play, name: str, before: int) -> None:
    """Wait until this person's socket has brought something and then nothing more for half a second."""
    seen = before
    for _ in range(40):
        await asyncio.sleep(0.5)
        if before < seen == play.frames(name):
            return
        seen = play.frames(name)
    raise AssertionError(f"{name} is told nothing, or more and more")


async def close(play: Play, outcome: Outcome) -> None:
    """Minutes with what each side says; the session ends and the case is closed."""
    story, actor, settings = play.planted.story, play.planted.story.mediator.actor(), play.settings
    for name, part in (("mother", Part.APPLICANT), ("father", Part.RESPONDENT)):
        text = play.planted.say(name, "minutes")
        await play.database.write(
            lambda db, p=part, t=text: write_part(db, actor, story.session.id, p, 0, t, settings=settings)  # type: ignore[misc]
        )
    await close_session(play.database, settings, actor, story.session.id, outcome, "agreed")


async def delivered(play: Play) -> None:
    """Wait until all mail has left."""
    for _ in range(200):
        async with play.database.read() as db:
            waiting = select(Message.id).where(Message.state.in_([MessageState.QUEUED, MessageState.SENDING]))
            if not (await db.scalars(waiting)).all():
                return
        await asyncio.sleep(0.1)
    raise AssertionError("mail is not delivered")


async def collect_mails(play: Play) -> None:
    """Everybody reads their mail."""
    await delivered(play)
    for name in play.guests:
        for text in mails_to(play.settings.data_dir / "mail", FACTS[name]["email"]):
            play.harvest(name).tell("mail", text)
