"""A real server with sockets and a media worker."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from tests.live.hall import Hall
from tests.signaling.hub import Hub, tracebacks
from tests.story import Story


@pytest.fixture
def grace() -> float:
    """Seconds that the host's silence is borne; long, since a busy test machine is silent at times."""
    return 10


@pytest.fixture
async def hub(
    settings: Settings, sqlite: Database, story: Story, grace: float, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Hub]:
    """The server; afterwards nothing may have been logged as an error."""
    server = TestServer(create_app(settings.model_copy(update={"mediator_grace_seconds": grace}), database=sqlite))
    await server.start_server()
    made = Hub(server, Hall(sqlite, story), settings)
    await made.hall.consent("mother", "father")
    yield made
    for tab in made.tabs:
        await tab.close()
    await server.close()
    assert tracebacks(caplog.get_records("call")) == []
