"""The whole way, as people go it: register, book, invite, meet, agree, sign, end, file, find."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
import pytest
from playwright.async_api import Page

from mediation.clock import now
from tests.journey.looks import OWN_PICTURE, looks_right, read_in_english
from tests.journey.moves import CALLED, arrive, confirm_and_admit, press, zh
from tests.journey.play import Play, until_heard, until_seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MOTHER = {
    "name": "何晓月",
    "called": "何女士",
    "phone": "13800005521",
    "email": "he.xiaoyue@example.org",
    "relation": "孩子的母亲",
}
FATHER = {
    "name": "冯建国",
    "called": "冯先生",
    "phone": "13900006632",
    "email": "feng.jianguo@example.org",
    "relation": "孩子的父亲",
}
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def test_from_the_first_line_to_the_archive(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, words in (("mother", MOTHER), ("father", FATHER)):
        monkeypatch.setitem(CALLED, name, words["called"])
    desk = await play.log_in("mediator", "mediator")
    await _cancel_the_demo_session(play, desk)
    case_url = await _register(play, desk)
    session_url, starts_at = await _book(desk)
    links = {name: await _invited(play, words, starts_at) for name, words in (("mother", MOTHER), ("father", FATHER))}
    for name in ("mother", "father"):
        await arrive(play, name, links[name])
    await looks_right(play.pages["mother"])
    await _meet(play, desk, session_url)
    await _draft(desk)
    numbers = {name: await _sign(play, name, words) for name, words in (("mother", MOTHER), ("father", FATHER))}
    assert len(set(numbers.values())) == 1
    text = await _download(play, "mother")
    for words in (MOTHER["name"], FATHER["name"], "潘秀兰", "每月第二个星期六", "下个周末补上"):
        assert words in text
    for secret in (MOTHER["phone"], FATHER["phone"], MOTHER["email"], FATHER["email"]):
        assert secret not in text
    await _close(desk, session_url, case_url)
    await _find(play)
    _told_nobody(play, [*MOTHER.values(), *FATHER.values(), *(link.partition("#")[2] for link in links.values())])


def _told_nobody(play: Play, secrets: list[str]) -> None:
    """What the program printed meanwhile holds nothing of people, and the journal of it all can be proved."""
    printed = play.station.printed()
    assert [secret for secret in secrets if secret in printed] == []
    environment = {**os.environ, "DATA_DIR": str(play.data)}
    command = [sys.executable, "-m", "mediation", "journal", "verify"]
    proof = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert proof.returncode == 0, proof.stderr
    assert re.match(r"\d{2,} entries hold", proof.stdout)


async def _cancel_the_demo_session(play: Play, desk: Page) -> None:
    await desk.goto(f"{play.station.url}/sessions/{play.demo['session']['id']}")
    await desk.click("#cancel summary")
    await desk.fill("#cancel-reason", "改为另一场")
    await desk.click("#cancel button")
    mail = await _mail(play, "wang.fang@example.org", "CANCEL")
    event = _event(mail)
    assert event["STATUS"] == "CANCELLED"
    assert int(event["SEQUENCE"]) >= 1
    assert "改为另一场" not in mail.as_string()


async def _register(play: Play, desk: Page) -> str:
    await desk.goto(f"{play.station.url}/cases/new")
    await desk.select_option("[name=kind]", "visiting")
    await desk.fill("[name=summary]", "离婚后探望孩子的时间，双方说法不一。")
    for prefix, words in (("applicant_", MOTHER), ("respondent_", FATHER)):
        for field, value in words.items():
            await desk.fill(f"[name={prefix}{field}]", value)
    await press(desk, "Register")
    await desk.wait_for_url(re.compile(r"/cases/[0-9a-f]{16}$"))
    assert re.search(r"青家调\d{4}号", await desk.inner_text("main"))
    return desk.url


async def _book(desk: Page) -> tuple[str, datetime]:
    # The next quarter: far enough for the form to be sent, near enough for the room to be open.
    soon = now() + timedelta(minutes=18)
    starts_at = soon.replace(minute=soon.minute // 15 * 15, second=0, microsecond=0)
    if starts_at <= now() + timedelta(minutes=2):
        starts_at += timedelta(minutes=15)
    local = starts_at.astimezone(SHANGHAI)
    await desk.goto(f"{desk.url}/sessions/new")
    await desk.check("[name=slot][value=own]", force=True)
    await desk.fill("[name=day]", f"{local:%Y-%m-%d}")
    await desk.fill("[name=clock]", f"{local:%H:%M}")
    await press(desk, "Book this time and send the invitations")
    await desk.wait_for_url(re.compile(r"/sessions/[0-9a-f]{16}$"))
    return desk.url, starts_at


async def _invited(play: Play, words: dict[str, str], starts_at: datetime) -> str:
    """The e-mail with its invite, for this person alone; gives their link."""
    mail = await _mail(play, words["email"], "REQUEST")
    event = _event(mail)
    assert event["DTSTART"].dt == starts_at
    attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
    assert [str(each) for each in attendees] == [f"mailto:{words['email']}"]
    other = FATHER if words is MOTHER else MOTHER
    whole = mail.as_string() + "".join(part.get_content() for part in _parts(mail))
    assert not [secret for secret in (other["name"], other["phone"], other["email"]) if secret in whole]
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://\S+/i/[0-9a-f]+#\S+", body.get_content())
    assert found
    assert urlsplit(found[0]).fragment in str(event["DESCRIPTION"]) + str(event.get("LOCATION", ""))
    return found[0]


async def _meet(play: Play, desk: Page, session_url: str) -> None:
    await desk.goto(f"{session_url}/room")
    for name in ("mother", "father"):
        await confirm_and_admit(play, desk, name)
    await until_seen(desk, "mother", "father")
    await until_seen(play.pages["mother"], "mediator", "father")
    await until_heard(play.pages["father"], "mediator", "mother")
    for page in (desk, play.pages["mother"], play.pages["father"]):
        await page.wait_for_function(OWN_PICTURE)
    await looks_right(play.pages["mother"])


async def _draft(desk: Page) -> None:
    panel = desk.locator("#panel-agreement")
    await panel.get_by_role("button", name=zh("Start: visiting a child")).click()
    await panel.get_by_role("link", name=zh("Change"), exact=True).first.click()
    form = panel.locator("form", has=desk.locator("[name=visitor]"))
    await form.wait_for()
    answers = {"child": "孩子", "what": "孩子在何女士家住一晚", "starts_at": "09:00", "ends_at": "17:00", "handover": "何女士家楼下",
               "return_place": "冯先生家楼下", "notice_days": "2", "if_not": "下个周末补上"}  # fmt: skip
    for field, value in answers.items():
        await form.locator(f"[name={field}]").fill(value)
    day = now().astimezone(SHANGHAI) + timedelta(days=20)
    await form.locator("[name=from_day]").fill(f"{day:%Y-%m-%d}")
    await form.locator("[name=visitor]").select_option(label=MOTHER["called"])
    await form.locator("[name=brought_by]").select_option(label=FATHER["called"])
    await form.locator("[name=returned_by]").select_option(label=MOTHER["called"])
    await form.locator("[name=repeats]").select_option(index=await _index(form, "repeats", "第二个"))
    await form.locator("[name=weekday]").select_option(index=await _index(form, "weekday", "星期六"))
    await form.locator("[name=ends_after_days]").select_option(index=1)
    await form.get_by_role("button", name=zh("Save the clause")).click()
    await panel.get_by_text("每月第二个星期六").first.wait_for()
    remove = panel.get_by_role("button", name=zh("Delete the clause"))
    while (left := await remove.count()) > 1:  # the template's other clauses are not part of this story
        await remove.last.click()
        await remove.nth(left - 1).wait_for(state="detached")
    await panel.get_by_role("button", name=zh("I approve it: ask for signatures")).click()
    await panel.get_by_text(zh("Waiting for signatures")).wait_for()
    await looks_right(desk)


async def _index(form: object, name: str, words: str) -> int:
    labels: list[str] = await form.locator(f"[name={name}] option").all_inner_texts()  # type: ignore[attr-defined]
    return next(index for index, label in enumerate(labels) if words in label)


async def _sign(play: Play, name: str, words: dict[str, str]) -> str:
    page = play.pages[name]
    await page.locator("#draft-line").wait_for()  # the room says that there is something to read
    if name == "mother":
        await read_in_english(page)  # and says so to whoever comes back
        await page.locator("#draft-line").wait_for()
        await looks_right(page)
    sheet = await page.context.new_page()
    await sheet.set_viewport_size({"width": 390, "height": 844})
    await sheet.goto(f"{page.url.removesuffix('/room')}/agreement")
    await looks_right(sheet)
    while await sheet.get_by_role("button", name=zh("Agree"), exact=True).count():
        async with sheet.expect_navigation():
            await press(sheet, "Agree")
    await looks_right(sheet)
    number = await sheet.locator("p.lead").inner_text()
    pad = sheet.locator("canvas")
    box = await pad.bounding_box()
    assert box is not None
    for start, end in (((0.2, 0.3), (0.5, 0.35)), ((0.35, 0.2), (0.35, 0.7))):
        await sheet.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
        await sheet.mouse.down()
        await sheet.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=8)
        await sheet.mouse.up()
    await sheet.check("[name=declared]")
    await press(sheet, "Hand in signature")
    await sheet.locator("[name=code]").wait_for()
    await looks_right(sheet)
    await sheet.fill("[name=code]", _code(await _mail(play, words["email"], "code")))
    await press(sheet, "Confirm signature")
    await sheet.locator("[name=code]").wait_for(state="detached")
    await looks_right(sheet)
    await sheet.close()
    return number


async def _download(play: Play, name: str) -> str:
    page = play.pages[name]
    answer = await page.context.request.get(f"{page.url.removesuffix('/room')}/agreement.pdf")
    assert answer.status == 200
    pdf = play.data / "downloaded.pdf"
    pdf.write_bytes(await answer.body())
    return (
        subprocess.check_output(["pdftotext", "-layout", str(pdf), "-"], text=True).replace("\n", "").replace(" ", "")
    )


async def _close(desk: Page, session_url: str, case_url: str) -> None:
    await desk.goto(f"{session_url}/close")
    await desk.check("[name=outcome][value=agreed]", force=True)
    await looks_right(desk)
    async with desk.expect_navigation():
        await press(desk, "End it")
    await desk.goto(case_url)
    assert zh("Agreement reached") in await desk.inner_text("main")
    assert await desk.get_by_text("协议生效").count()
    await looks_right(desk)


async def _find(play: Play) -> None:
    archivist = await play.log_in("archivist", "archivist")
    await archivist.goto(f"{play.station.url}/archive")
    await archivist.fill("[name=q]", "晓月")
    await press(archivist, "Find")
    for _attempt in range(30):
        if await archivist.get_by_role("link", name=re.compile("青家调")).count():
            break
        await archivist.wait_for_timeout(1_000)
        await archivist.reload()
    await looks_right(archivist)
    await archivist.get_by_role("link", name=re.compile("青家调")).first.click()
    await archivist.wait_for_url(re.compile("/archive/"))
    await looks_right(archivist)
    assert MOTHER["called"] in await archivist.inner_text("main")


async def _mail(play: Play, address: str, kind: str, within: int = 30) -> EmailMessage:
    """The newest mail to this address with that calendar method (or, for "code", with a code)."""
    page = next(iter(play.pages.values()))
    for _second in range(within):
        files = sorted((play.data / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files:
            mail = _read(path)
            calendar = _calendar(mail)
            wanted = f"METHOD:{kind}" in calendar or (kind == "code" and not calendar and _code(mail))
            if address in str(mail["To"]) and wanted:
                return mail
        await page.wait_for_timeout(1_000)
    raise AssertionError(f"no {kind} for {address}")


def _read(path: Path) -> EmailMessage:
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def _parts(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.walk() if part.get_content_maintype() == "text"]  # type: ignore[misc]


def _calendar(mail: EmailMessage) -> str:
    return "".join(part.get_content() for part in _parts(mail) if part.get_content_type() == "text/calendar")


def _code(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    found = re.search(r"(?<!\d)\d{6}(?!\d)", body.get_content()) if body else None
    return found[0] if found else ""


def _event(mail: EmailMessage) -> icalendar.Event:
    return next(iter(icalendar.Calendar.from_ical(_calendar(mail)).walk("VEVENT")))
