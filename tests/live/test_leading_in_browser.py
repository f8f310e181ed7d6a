"""The page of the second federation worker becomes the desk when the first is gone, without a click."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from mediation.sessions.models import MediationSession, Participant, ParticipantRole, SessionKind
from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_the_desk_goes_to_whoever_leads(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        second = shown.story.seats["judge"].id
        role = update(Participant).where(Participant.id == second).values(role=ParticipantRole.FEDERATION)
        await shown.database.write(
            lambda db: db.execute(update(MediationSession).values(kind=SessionKind.CONSULTATION))
        )
        await shown.database.write(lambda db: db.execute(role))
        windows = [await shown.window(name, 1280, 800) for name in ("worker", "judge")]
        worker, other = [await window.new_page() for window in windows]
        for page, waits in ((worker, False), (other, True)):
            await page.goto(shown.address("/sessions/{session}/room"))
            await expect(page.locator("#waiting-title" if waits else "#places-list")).to_be_visible()
        await worker.close()
        await expect(other.locator("#places-list")).to_be_visible(timeout=40_000)
        worker = await windows[0].new_page()
        await worker.goto(shown.address("/sessions/{session}/room"))
        await expect(worker.locator("#waiting-title")).to_be_visible()
        await expect(other.locator("#places-list")).to_be_visible()
