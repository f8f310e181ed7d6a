"""`GET /metrics`: figures that count, that tell nothing of anybody, and only to whom they are meant for."""

import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from mediation.app import create_app
from mediation.config import BadSettings, Settings, read_settings
from mediation.db import Database
from mediation.measures import Measures
from mediation.metrics import may_read
from signaling.media.engine import EngineRestarted
from tests.media.scripted_client import ScriptedClient
from tests.signaling.hub import Hub
from tests.story import Story

Browser = TestClient  # type: ignore[type-arg]
TOKEN = "a-token-of-its-own"


async def figures(browser: Browser, headers: dict[str, str] | None = None) -> dict[str, Metric]:
    """What is answered, parsed as Prometheus does."""
    answer = await browser.get("/metrics", headers=headers or {})
    assert answer.status == 200
    return parsed(await answer.text())


def parsed(answer: str) -> dict[str, Metric]:
    """Families by name."""
    return {family.name: family for family in text_string_to_metric_families(answer)}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    """The sum of the samples that carry these labels."""
    family = name.removesuffix("_total").removesuffix("_count")
    return sum(
        sample.value
        for sample in found[family].samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def label_values(families: Iterable[Metric]) -> set[str]:
    """Every value of every label."""
    return {said for family in families for sample in family.samples for said in sample.labels.values()}


async def test_requests_are_counted_by_route_and_name_nobody(
    client_for: Callable[..., Awaitable[Browser]], story: Story, sqlite: Database
) -> None:
    browser = await client_for(login=story.mediator)
    for path in (f"/cases/{story.case.id}", f"/sessions/{story.session.id}", "/王芳/13800002051", "/static/../x?王芳"):
        await browser.get(path)
    with pytest.raises(OperationalError):
        async with sqlite.read() as db:
            await db.execute(text("SELECT * FROM 王芳"))
    found = await figures(browser)
    assert value(found, "mediation_request_seconds_count", route="/cases/{case_id}", method="GET", status="2xx") == 1
    assert value(found, "mediation_request_seconds_count", route="none", status="4xx") == 2
    assert value(found, "mediation_database_errors_total", kind="OperationalError") == 1
    assert value(found, "mediation_outbox_messages") == 0
    said = " ".join(label_values(found.values()))
    assert planted(story, said) == []


async def test_sockets_and_media_are_counted_and_name_nobody(hub: Hub) -> None:
    mediator, mother, father = await hub.together()
    assert await mother.refusal("王芳", {}) == "unknown_command"
    assert await mother.refusal("admit", {"participant_id": hub.hall.ids["father"]}) == "host_only"
    client = ScriptedClient("mother", lambda sdp: answered(mother, sdp))
    await client.join()
    for _ in range(20):
        client.send("audio", b"x" * 50)
    await mediator.do("beat")
    await hub.signaling.sampling._look()
    hub.signaling.media_events.take(EngineRestarted(()))
    async with ClientSession(hub.url) as browser, browser.get("/metrics") as answer:
        whole = await answer.text()
    found = parsed(whole)
    await client.close()
    assert value(found, "mediation_sessions_live") == 1
    assert value(found, "mediation_participants_connected") == 3
    assert value(found, "mediation_commands_total", command="recall", result="ok") == 1
    assert value(found, "mediation_commands_total", command="admit", result="refused") == 1
    assert value(found, "mediation_commands_total", command="unknown", result="refused") == 1
    assert value(found, "mediation_engine_restarts_total") == 1
    assert 1 <= value(found, "mediation_media_packets_total", direction="in") <= 20
    assert value(found, "mediation_media_bytes_total", direction="in") > 50
    assert planted(hub.hall.story, whole) == []
    await father.close()


async def answered(tab: object, sdp: str) -> str:
    return str((await tab.do("offer", sdp=sdp))["sdp"])  # type: ignore[attr-defined]


def planted(story: Story, said: str) -> list[str]:
    """What of the story occurs where nothing of it may."""
    ids = [story.case.id, story.session.id, story.case.number, story.mother.invitation.id, story.mediator.staff.id]
    people = [story.mother.person, story.father.person, story.mediator.person]
    facts = [
        fact for each in people for fact in (each.id, each.name, each.called, each.phone, each.email, each.address)
    ]
    return [fact for fact in [*ids, *facts, story.mother.participant.id, "王芳", "127.0.0.1"] if fact and fact in said]


@pytest.mark.parametrize(
    ("remote", "headers", "token", "may"),
    [
        ("127.0.0.1", {}, "", True),
        ("::1", {}, "", True),
        ("203.0.113.7", {}, "", False),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, "", False),
        ("127.0.0.1", {"Via": "1.1 Caddy"}, "", False),
        ("127.0.0.1", {}, TOKEN, False),
        ("203.0.113.7", {"Authorization": f"Bearer {TOKEN}"}, TOKEN, True),
        ("203.0.113.7", {"Authorization": f"Bearer {TOKEN}x"}, TOKEN, False),
        ("203.0.113.7", {"Authorization": TOKEN}, TOKEN, False),
        ("203.0.113.7", {"Authorization": "Bearer "}, "", False),
        ("127.0.0.1", {"Authorization": "Bearer Ünicode"}, TOKEN, False),
    ],
)
def test_who_may_read(remote: str, headers: dict[str, str], token: str, may: bool) -> None:
    request = make_mocked_request("GET", "/metrics", headers=headers).clone(remote=remote)
    assert may_read(request, Settings(metrics_token=token)) is may


async def test_a_stranger_is_refused(settings: Settings, sqlite: Database) -> None:
    app = create_app(settings.model_copy(update={"metrics_token": TOKEN}), database=sqlite, with_calls=False)
    async with TestClient(TestServer(app)) as browser:
        for headers in ({}, {"Authorization": "Bearer guess"}):
            answer = await browser.get("/metrics", headers=headers)
            assert answer.status == 403
            assert "mediation_" not in await answer.text()
        assert await figures(browser, {"Authorization": f"Bearer {TOKEN}"})


async def test_figures_are_there_while_the_database_is_not(settings: Settings) -> None:
    lost = Database("sqlite+aiosqlite:////nowhere/at/all.db")
    async with TestClient(TestServer(create_app(settings, database=lost, with_calls=False))) as browser:
        found = await figures(browser)
    assert value(found, "mediation_database_errors_total") >= 1
    await lost.close()


def test_every_figure_is_documented_and_no_other() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"`(mediation_\w+)`", manual))
    known = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Measures().registry.collect()
        if family.name.startswith("mediation_")
    }
    assert documented == known


def test_a_token_that_no_header_can_carry_is_refused() -> None:
    with pytest.raises(BadSettings, match="METRICS_TOKEN"):
        read_settings({"METRICS_TOKEN": "two words"})
