"""A browser that is everybody at once: staff with every role, and the mother with her link; for sweeps over all routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import func, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from mediation.accounts.models import Staff
from mediation.actor import Role
from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Base, Database
from tests.agreements.steps import offered
from tests.privacy.crawling import filled
from tests.story import Story


@dataclass
class Sweep:
    """The server, and who asks it."""

    server: TestServer
    browser: ClientSession
    database: Database
    story: Story
    ids: dict[str, str]
    way: str
    cookies: str = ""

    @property
    def app(self) -> web.Application:
        """The application that is swept."""
        return self.server.app

    @property
    def origin(self) -> str:
        """The server's own origin."""
        return str(self.server.make_url("/")).rstrip("/")

    async def sign_in(self) -> None:
        """A new login, since some routes end it, and the mother's cookie."""
        self.cookies = f"login={await self.story.log_in(self.database, self.story.mediator)}; {self.way}"

    async def ask(
        self, method: str, pattern: str, *, ids: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
        data: bytes | None = None, query: str = "",
    ) -> ClientResponse:  # fmt: skip
        """One request with the cookies of everybody; the body is read."""
        sent = {"Cookie": self.cookies, "Origin": self.origin, **(headers or {})}
        url = URL(self.origin + filled(pattern, self.ids if ids is None else ids) + query, encoded=True)
        answer = await self.browser.request(
            method, url, headers=sent, data=BytesIO(data) if data is not None else None, allow_redirects=False
        )
        await answer.read()
        return answer

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        counts = [
            select(literal(table.name), func.count()).select_from(table)
            for table in Base.metadata.sorted_tables
            if table.name != "login"
        ]
        async with self.database.read() as db:
            return {row[0]: row[1] for row in await db.execute(union_all(*counts))}


async def swept(settings: Settings, database: Database, story: Story, browser: ClientSession) -> Sweep:
    """A server with an offered agreement, whose mediator has every role there is."""
    app = create_app(settings, database=database, with_calls=False)
    server = TestServer(app)
    await server.start_server()
    agreement = await offered(database, story, settings)
    roles = [role.value for role in Role]

    async def unit(db: AsyncSession) -> None:
        await db.execute(update(Staff).where(Staff.id == story.mediator.staff.id).values(roles=roles))

    await database.write(unit)
    ids = {
        "invitation_id": story.mother.invitation.id, "case_id": story.case.id, "session_id": story.session.id,
        "staff_id": story.worker.staff.id, "person_id": story.father.person.id, "part": "facts",
        "participant_id": story.father.participant.id, "agreement_id": agreement.id,
    }  # fmt: skip
    sweep = Sweep(server, browser, database, story, ids, "=".join(await story.redeem(database, story.mother)))
    await sweep.sign_in()
    return sweep
