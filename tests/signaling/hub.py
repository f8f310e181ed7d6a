"""A running server with calls, the story in its database, and tabs of its people."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from aiohttp.test_utils import TestServer

from mediation.config import Settings
from signaling.server import SIGNALING, Signaling
from tests.live.hall import Hall
from tests.signaling.client import Tab
from tests.story import Guest, Member


@dataclass
class Hub:
    """`hall` is the same session through the verbs, past the sockets."""

    server: TestServer
    hall: Hall
    settings: Settings
    tabs: list[Tab] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the server listens."""
        return str(self.server.make_url("/")).rstrip("/")

    @property
    def signaling(self) -> Signaling:
        """The server's inside."""
        return self.server.app[SIGNALING]

    async def cookie(self, name: str) -> str:
        """The cookie of somebody's browser; the same each time."""
        if name not in self.cookies:
            story, database = self.hall.story, self.hall.database
            who: Guest | Member = {"stranger": story.stranger, "worker": story.worker}.get(name) or getattr(story, name)
            if isinstance(who, Member):
                self.cookies[name] = f"login={await story.log_in(database, who)}"
            else:
                self.cookies[name] = "=".join(await story.redeem(database, who))
        return self.cookies[name]

    async def auth(self, name: str) -> dict[str, str]:
        """What somebody's page says at connect."""
        if name in ("mother", "father"):
            return {"invitation": getattr(self.hall.story, name).invitation.id}
        return {"session": self.hall.session}

    async def tab(self, name: str, headers: dict[str, str] | None = None, auth: Any = None) -> Tab:
        """A tab that is not connected yet."""
        own = {"Cookie": await self.cookie(name), "Origin": self.url}
        made = Tab(name, self.url, own if headers is None else headers, await self.auth(name) if auth is None else auth)
        self.tabs.append(made)
        return made

    async def come(self, *names: str) -> list[Tab]:
        """They connect, one after the other."""
        return [await (await self.tab(name)).open() for name in names]

    async def together(self) -> tuple[Tab, Tab, Tab]:
        """Mediator, mother and father, known, in the main room."""
        await self.hall.verify("mother", "father")
        mediator, mother, father = await self.come("mediator", "mother", "father")
        await mediator.do("recall", participant_ids=[self.hall.ids["mother"], self.hall.ids["father"]])
        for tab in (mother, father):
            await tab.until(lambda seen: seen["you"]["place"] == "main")
        return mediator, mother, father


def tracebacks(records: list[logging.LogRecord]) -> list[str]:
    """What was logged as an error or with a traceback."""
    return [each.getMessage() for each in records if each.exc_info or each.levelno >= logging.ERROR]
