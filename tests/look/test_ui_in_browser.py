"""What ui.js does, in a real Chromium: dialogs, 大字, signatures, forms that are sent once, keyboard focus."""

import json

import pytest
from playwright.async_api import Page

from tests.look.browsing import Gallery

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_dialog_focuses_the_safe_answer(gallery: Gallery) -> None:
    page = await gallery.open("m_components", 1440, 900)
    await page.get_by_role("button", name="离开", exact=True).click()
    dialog = page.locator("#gallery-dialog")
    assert await dialog.is_visible()
    assert await page.evaluate("document.activeElement.textContent") == "先不请"
    await page.keyboard.press("Enter")
    assert not await dialog.is_visible()


@pytest.mark.parametrize(("press", "confirmed"), [("请他们进来", True), ("先不请", False), (None, False)])
async def test_dialog_answers(gallery: Gallery, press: str | None, confirmed: bool) -> None:
    page = await gallery.open("m_components", 1440, 900)
    await page.evaluate(
        "import('/static/js/ui/dialog.js').then((ui) => { window.asked = ui.openDialog('gallery-dialog'); })"
    )
    if press:
        await page.get_by_role("button", name=press).click()
    else:
        await page.keyboard.press("Escape")
    assert await page.evaluate("window.asked") is confirmed


async def test_large_type_is_remembered(gallery: Gallery) -> None:
    page = await gallery.open("a_link", 390, 844)
    before = await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    await page.get_by_role("button", name="大字").click()
    assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == before * 1.25
    await page.reload()
    assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == before * 1.25
    assert await page.get_by_role("button", name="大字").get_attribute("aria-pressed") == "true"
    await page.get_by_role("button", name="大字").click()
    await page.reload()
    assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == before


async def test_signature_keeps_strokes_with_times(gallery: Gallery) -> None:
    page = await gallery.open("h2_sign", 390, 844)
    value = "document.querySelector('[data-pad-strokes]').value"
    assert await page.evaluate(value) == ""
    await _draw(page, [(40, 60), (120, 60), (120, 140)])
    await _draw(page, [(200, 60), (260, 150)])
    drawing = json.loads(await page.evaluate(value))
    assert len(drawing["strokes"]) == 2
    assert drawing["strokes"][0][0][:2] == [40, 60]
    assert drawing["strokes"][0][-1][:2] == [120, 140]
    moments = [at for stroke in drawing["strokes"] for _, _, at in stroke]
    assert moments == sorted(moments)
    assert (drawing["width"], drawing["height"] >= 230) == (354, True)
    await page.get_by_role("button", name="重写").click()
    assert await page.evaluate(value) == ""


async def test_form_is_sent_once(gallery: Gallery) -> None:
    page = await gallery.open("h1_read", 390, 844)
    sent: list[str] = []
    await page.route("**/pages/h1_read", lambda route: sent.append(route.request.method))
    await page.evaluate("for (let i = 0; i < 3; i += 1) document.querySelector('.foot .button').click()")
    while not sent:
        await page.wait_for_timeout(50)
    await page.wait_for_timeout(300)
    assert sent == ["POST"]


async def test_button_that_can_not_act_yet(gallery: Gallery) -> None:
    page = await gallery.open("m_components", 1440, 900)
    await page.evaluate("document.addEventListener('click', () => { window.acted = true; })")
    await page.get_by_role("button", name="签名").click(force=True)
    assert await page.evaluate("window.acted") is None
    assert await page.get_by_text("还有 2 条没看").is_visible()


async def test_refused_form_takes_the_focus(gallery: Gallery) -> None:
    page = await gallery.open("login", 1440, 900)
    assert await page.evaluate("document.activeElement.className") == "summary"
    await page.get_by_role("link", name="请写上账号").click()
    assert await page.evaluate("document.activeElement.id") == "field-name"
    assert await page.locator("#field-name").get_attribute("aria-invalid") == "true"


async def test_focus_ring(gallery: Gallery) -> None:
    for name in ("a_link", "d_room"):
        page = await gallery.open(name, 390, 844)
        for _ in range(2):
            await page.keyboard.press("Tab")
        ring = await page.evaluate(
            "(({outlineWidth, outlineStyle, boxShadow}) => [outlineWidth, outlineStyle, boxShadow])"
            "(getComputedStyle(document.activeElement))"
        )
        assert ring[:2] == ["3px", "solid"]
        assert ring[2].endswith("0px 0px 0px 3px")


async def test_leaving_quickly_drops_everything_first(gallery: Gallery) -> None:
    page = await gallery.open("c_waiting", 390, 844)
    await page.route("https://www.weather.com.cn/", lambda route: route.fulfill(body="weather"))
    heard: list[str] = []
    await page.expose_function("heard", lambda word: heard.append(word))
    await page.evaluate("document.addEventListener('leavequickly', () => window.heard('left'))")
    await page.get_by_role("button", name="快速离开").click()
    await page.wait_for_url("https://www.weather.com.cn/")
    assert heard == ["left"]
    # The waiting room is no longer behind the back button.
    assert await page.evaluate("history.length") == 2


async def test_tabs_by_keyboard(gallery: Gallery) -> None:
    page = await gallery.open("e_mediator", 1440, 900)
    await page.get_by_role("tab", name="协议 3 条").focus()
    await page.keyboard.press("ArrowRight")
    assert await page.get_by_role("tabpanel", name="笔录").is_visible()
    assert not await page.get_by_role("tabpanel", name="协议 3 条").is_visible()


async def _draw(page: Page, points: list[tuple[int, int]]) -> None:
    box = await page.locator(".pad canvas").bounding_box()
    assert box
    for number, (x, y) in enumerate(points):
        await page.mouse.move(box["x"] + x, box["y"] + y)
        if number == 0:
            await page.mouse.down()
    await page.mouse.up()
