"""What somebody writes while the network is slow: nothing of it is lost, nothing is kept twice."""

from pathlib import Path

import pytest

from mediation.invitations.consents import TEXT_VERSION, give_consent
from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# A form with an answer that comes when `answered` is called; `sent` has the texts and which key of them each had.
FORM = """async () => {
    const { wireLine } = await import("/static/js/live/chat.js");
    const form = document.createElement("form");
    form.innerHTML = "<input><p data-failure hidden></p>";
    document.body.append(form);
    window.sent = [];
    window.to = "";
    const keys = [];
    const send = (text, key) => new Promise((resolve, reject) => {
        if (!keys.includes(key)) keys.push(key);
        window.sent.push([text, keys.indexOf(key)]);
        window.answered = resolve;
        window.failed = () => reject(new Error("timeout"));
    });
    wireLine(form, send, () => window.to);
    window.write = (text) => { form.querySelector("input").value = text; };
    window.submit = () => form.requestSubmit();
    window.box = () => form.querySelector("input").value;
}"""
STEPS = """async () => {
    const settle = () => new Promise((done) => setTimeout(done));
    const seen = [];
    const step = async (...acts) => { for (const act of acts) act(); await settle(); seen.push(box()); };
    await step(() => write("one"), submit, () => write("two"), () => answered());
    await step(submit, () => failed());
    await step(submit, () => answered());
    await step(() => write("three"), submit, () => failed());
    await step(() => write("three, better"), submit, () => answered());
    await step(() => write("wait"), submit, () => failed());
    await step(() => { window.to = "the other"; }, submit, () => answered());
    await step(() => write("wait"), submit, () => answered());
    return [seen, sent];
}"""


async def test_nothing_that_was_written_is_lost(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        mother = shown.story.mother.actor()
        await shown.database.write(lambda db: give_consent(db, mother, True, TEXT_VERSION))
        page = await (await shown.window("mother", 390, 844)).new_page()
        await page.goto(shown.address("/i/{invitation}/room"))
        await page.evaluate(FORM)
        boxes, sent = await page.evaluate(STEPS)
    assert boxes == ["two", "two", "", "three", "", "wait", "", ""]
    assert sent == [
        ["one", 0], ["two", 1], ["two", 1], ["three", 2], ["three, better", 3], ["wait", 4], ["wait", 5], ["wait", 6],
    ]  # fmt: skip
