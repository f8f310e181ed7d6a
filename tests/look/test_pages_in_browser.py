"""The example pages in a real Chromium: accessible, no sideways scroll, targets for fingers, nothing against the CSP."""

import pytest

from tests.look.browsing import Gallery, findings
from tests.look.gallery import DESK, NAMES, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL_TARGETS = """() => [...document.querySelectorAll("button, a.button, .tool, input, select, textarea, summary")]
  .filter((e) => e.offsetParent && !["checkbox", "radio", "hidden"].includes(e.type) && !e.closest(".search-box"))
  .filter((e) => e.getBoundingClientRect().height < 47.5)
  .map((e) => e.outerHTML.slice(0, 100))"""
_OUTSIDE = """() => [...document.querySelectorAll(".control, .tile, .hear")]
  .filter((e) => { const box = e.getBoundingClientRect();
    return box.top < -1 || box.left < -1 || box.bottom > innerHeight + 1 || box.right > innerWidth + 1; })
  .map((e) => e.outerHTML.slice(0, 80))"""


async def test_axe_finds_nothing(gallery: Gallery) -> None:
    found = {}
    for name in NAMES:
        page = await gallery.open(name, 390, 844)
        found[name, 390] = await findings(page)
        await page.set_viewport_size({"width": 1440, "height": 900})
        found[name, 1440] = await findings(page)
        await page.close()
    assert {key: lines for key, lines in found.items() if lines} == {}
    assert gallery.complaints == []


async def test_no_sideways_scroll(gallery: Gallery) -> None:
    wide = {}
    for name in NAMES:
        page = await gallery.open(name, 1000, 640)
        for width in (1000, 720, 360, 320):
            await page.set_viewport_size({"width": width, "height": 640})
            wide[name, width] = await page.evaluate(_TOO_WIDE)
        await page.set_viewport_size({"width": 360, "height": 640})
        await page.evaluate("document.documentElement.classList.add('elder')")
        wide[name, "elder"] = await page.evaluate(_TOO_WIDE)
        await page.close()
    assert {key: pixels for key, pixels in wide.items() if pixels > 0} == {}


async def test_targets_for_fingers(gallery: Gallery) -> None:
    small = {}
    for name in sorted(PHONE | DESK):
        page = await gallery.open(name, 390, 844, touch=True)
        small[name] = await page.evaluate(_SMALL_TARGETS)
        await page.close()
    assert {name: found for name, found in small.items() if found} == {}


@pytest.mark.parametrize("elder", [False, True])
async def test_room_fits_the_screen(gallery: Gallery, elder: bool) -> None:
    page = await gallery.open("d_room", 390, 844, elder=elder)
    for width, height in ((390, 844), (360, 640), (320, 568), (844, 390), (820, 1180)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollHeight") == height
        assert await page.evaluate(_OUTSIDE) == []
        tiles = await page.evaluate(
            "[...document.querySelectorAll('.tiles .tile')].map((e) => [e.offsetWidth, e.offsetHeight])"
        )
        assert len(tiles) == 4
        assert max(each[0] for each in tiles) - min(each[0] for each in tiles) <= 1
        assert max(each[1] for each in tiles) - min(each[1] for each in tiles) <= 1
        assert min(min(each) for each in tiles) >= 60


async def test_table_becomes_cards(gallery: Gallery) -> None:
    page = await gallery.open("j_archive", 390, 844)
    cell = page.locator(".table.cards td:nth-child(2)").first
    assert await cell.evaluate("(e) => getComputedStyle(e, '::before').content") == '"当事人和纠纷"'
    assert await page.locator(".table.cards tbody tr").first.evaluate("(e) => getComputedStyle(e).display") == "block"
