"""Sign in, sign out, language, temporary password: over HTTP."""

from collections.abc import Awaitable, Callable
from http.cookies import Morsel

import pytest
from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer

from mediation.accounts.models import Staff
from mediation.accounts.password_change import reset_password
from mediation.accounts.rules import own_path
from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from tests.story import PASSWORD, Story

Browser = TestClient  # type: ignore[type-arg]
Browsers = Callable[..., Awaitable[Browser]]


async def sign_in(browser: Browser, username: str = "pan", password: str = PASSWORD, **more: str) -> ClientResponse:
    form = {"username": username, "password": password} | more
    return await browser.post("/login", data=form, allow_redirects=False)


def cookie(answer: ClientResponse, name: str) -> Morsel[str]:
    return answer.cookies[name]


async def test_signing_in_leads_to_the_page_that_was_asked_for(client_for: Browsers) -> None:
    browser = await client_for()
    asked = await browser.get("/people", allow_redirects=False)
    assert (asked.status, asked.headers["Location"]) == (303, "/login?next=/people")
    form = await browser.get("/login?next=/people")
    assert 'name="next" value="/people"' in await form.text()
    entered = await sign_in(browser, next="/people")
    assert (entered.status, entered.headers["Location"]) == (303, "/people")
    assert (await browser.get("/people")).status == 200


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/cases/1?x=1#a", "/cases/1?x=1#a"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("people", "/"),
    ],
)
def test_only_pages_of_our_own_are_gone_to(wanted: str, page: str) -> None:
    assert own_path(wanted) == page


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
async def test_signing_in_never_leads_elsewhere(client_for: Browsers, wanted: str) -> None:
    answer = await sign_in(await client_for(), next=wanted)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(("public_url", "secure"), [("http://127.0.0.1:8080", ""), ("https://mediation.example", True)])
async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    settings: Settings, sqlite: Database, story: Story, public_url: str, secure: bool
) -> None:
    app = create_app(settings.model_copy(update={"public_url": public_url}), database=sqlite)
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as browser:
        answer = await sign_in(browser)
    login = cookie(answer, "login")
    assert (login["httponly"], login["samesite"], login["path"], login["secure"]) == (True, "Lax", "/", secure)
    assert (login["max-age"], login["domain"]) == (str(12 * 3600), "")
    assert len(login.value) >= 43  # 256 bits


async def test_a_wrong_password_is_told_and_not_sent_back(client_for: Browsers) -> None:
    answer = await sign_in(await client_for(), password="never-mind-this")
    text = await answer.text()
    assert (answer.status, "login" in answer.cookies) == (422, False)
    assert "登录名或密码不对。" in text
    assert 'value="pan"' in text
    assert "never-mind-this" not in text


@pytest.mark.parametrize("form", [{}, {"username": "pan"}, {"password": "x"}, {"username": "p" * 101, "password": "x"}])
async def test_an_incomplete_form_is_shown_again(client_for: Browsers, form: dict[str, str]) -> None:
    answer = await (await client_for()).post("/login", data=form)
    assert answer.status == 422
    assert 'aria-invalid="true"' in await answer.text()


async def test_ten_tries_for_each_account(client_for: Browsers) -> None:
    browser = await client_for()
    answers = [(await sign_in(browser, password="wrong")).status for _ in range(11)]
    assert answers == [422] * 10 + [429]
    right = await sign_in(browser)
    assert (right.status, "login" in right.cookies) == (429, False)


async def test_ten_tries_from_each_address(client_for: Browsers) -> None:
    browser = await client_for()
    answers = [(await sign_in(browser, username=f"somebody{step}")).status for step in range(11)]
    assert answers == [422] * 10 + [429]
    assert (await sign_in(browser)).status == 429


async def test_forged_addresses_do_not_help(client_for: Browsers) -> None:
    browser = await client_for()
    for step in range(11):
        forged = {"X-Forwarded-For": f"10.0.0.{step}", "Forwarded": f"for=10.0.0.{step}"}
        form = {"username": f"somebody{step}", "password": "wrong"}
        answer = await browser.post("/login", data=form, headers=forged)
    assert answer.status == 429


async def test_another_login_in_the_same_browser_ends_the_first(client_for: Browsers) -> None:
    browser = await client_for()
    first = cookie(await sign_in(browser), "login").value
    await sign_in(browser, username="chen")
    other = await client_for()
    other.session.cookie_jar.update_cookies({"login": first}, other.make_url("/"))
    answer = await other.get("/password", allow_redirects=False)
    assert answer.headers["Location"].startswith("/login")


async def test_signing_out_ends_the_login_on_the_server(client_for: Browsers) -> None:
    browser = await client_for()
    token = cookie(await sign_in(browser), "login").value
    answer = await browser.post("/logout", allow_redirects=False)
    assert (answer.headers["Location"], cookie(answer, "login")["max-age"]) == ("/login", "0")
    browser.session.cookie_jar.update_cookies({"login": token}, browser.make_url("/"))
    assert (await browser.get("/password", allow_redirects=False)).headers["Location"].startswith("/login")
    assert (await browser.post("/logout", allow_redirects=False)).status == 303


async def test_another_site_can_neither_sign_in_nor_out(client_for: Browsers, story: Story) -> None:
    browser = await client_for(login=story.mediator)
    for path in ("/login", "/logout", "/password", "/language"):
        answer = await browser.post(path, data={"lang": "en"}, headers={"Origin": "https://evil.example"})
        assert answer.status == 403
        assert "foreign_origin" in await answer.text()
    assert (await browser.get("/password")).status == 200


@pytest.fixture
def temporary(sqlite: Database, story: Story) -> Callable[[], Awaitable[str]]:
    """A temporary password for the mediator."""
    return lambda: reset_password(sqlite, story.admin.actor(), story.mediator.staff.id)


PATHS = ["/", "/day", "/cases", "/people", "/staff", "/journal", "/people/new", "/archive"]


async def test_with_a_temporary_password_nothing_else_opens(
    client_for: Browsers, temporary: Callable[[], Awaitable[str]]
) -> None:
    browser = await client_for()
    password = await temporary()
    await sign_in(browser, password=password)
    for path in PATHS:
        answer = await browser.get(path, allow_redirects=False)
        assert (answer.status, answer.headers.get("Location")) == (303, "/password"), path
    for path in ("/people/new", "/cases/new", "/staff/new"):
        refused = await browser.post(path, data={"name": "何静"}, headers={"Accept": "application/json"})
        assert (refused.status, (await refused.json())["error"]["code"]) == (403, "must_change_password")
        told = await browser.post(path, data={"name": "何静"})
        assert (told.status, "请先设置您自己的密码。" in await told.text()) == (403, True)
    form = {"old": password, "new": "three small boats", "again": "three small boats"}
    changed = await browser.post("/password", data=form, allow_redirects=False)
    assert (changed.status, changed.headers["Location"]) == (303, "/")
    assert (await browser.get("/people")).status == 200


async def test_a_new_password_is_typed_twice(client_for: Browsers, sqlite: Database, story: Story) -> None:
    browser = await client_for(login=story.mediator)
    form = {"old": PASSWORD, "new": "three small boats", "again": "three small goats"}
    answer = await browser.post("/password", data=form)
    text = await answer.text()
    assert (answer.status, "两次输入的新密码不一样。" in text) == (422, True)
    assert not any(word in text for word in form.values())
    async with sqlite.read() as db:
        assert (await db.get_one(Staff, story.mediator.staff.id)).password_hash == story.mediator.staff.password_hash


async def test_passwords_are_not_guessed_in_an_open_login(client_for: Browsers, story: Story) -> None:
    browser = await client_for(login=story.mediator)
    form = {"old": "a guess", "new": "three small boats", "again": "three small boats"}
    answers = [(await browser.post("/password", data=form)).status for _ in range(11)]
    assert answers == [422] * 10 + [429]


async def test_the_language_is_remembered(client_for: Browsers) -> None:
    browser = await client_for()
    answer = await browser.post("/language", data={"lang": "en", "next": "/login"}, allow_redirects=False)
    lang = cookie(answer, "lang")
    assert (answer.headers["Location"], lang.value, lang["samesite"]) == ("/login", "en", "Lax")
    assert "<h1>Sign in</h1>" in await (await browser.get("/login")).text()
    foreign = await browser.post("/language", data={"lang": "zh", "next": "//evil.example"}, allow_redirects=False)
    assert foreign.headers["Location"] == "/"
    unknown = await browser.post("/language", data={"lang": "xx"}, allow_redirects=False)
    assert unknown.status == 422


async def test_the_desk_begins_with_a_page_that_may_be_seen(client_for: Browsers, story: Story) -> None:
    firsts = [(story.mediator, "/day"), (story.judge, "/day"), (story.archivist, "/archive"), (story.admin, "/staff")]
    for member, first in firsts:
        answer = await (await client_for(login=member)).get("/", allow_redirects=False)
        assert answer.headers["Location"] == first
    assert (await (await client_for()).get("/", allow_redirects=False)).headers["Location"] == "/day"


async def test_a_temporary_password_is_shown_once_and_works(client_for: Browsers, story: Story) -> None:
    admin, browser = await client_for(login=story.admin), await client_for()
    shown = await admin.post(f"/staff/{story.mediator.staff.id}/password")
    text = await shown.text()
    password = text.split("data-temporary-password>")[1].split("<")[0]
    assert shown.headers["Cache-Control"] == "no-store"
    assert (await sign_in(browser, password=password)).headers["Location"] == "/"
    for path in ("/staff", f"/staff/{story.mediator.staff.id}"):
        assert password not in await (await admin.get(path)).text()


async def test_an_account_is_added_over_the_page(client_for: Browsers, story: Story) -> None:
    admin, browser = await client_for(login=story.admin), await client_for()
    form = [
        ("name", "何静"),
        ("called", "何调解员"),
        ("username", "he"),
        ("roles[]", "mediator"),
        ("roles[]", "federation"),
    ]
    text = await (await admin.post("/staff/new", data=form)).text()
    password = text.split("data-temporary-password>")[1].split("<")[0]
    assert (await sign_in(browser, username="he", password=password)).status == 303
    assert (await browser.get("/day", allow_redirects=False)).headers["Location"] == "/password"
    again = await admin.post("/staff/new", data=form)
    assert (again.status, "这个登录名已经有人用了。" in await again.text()) == (409, True)
    hostile = await admin.post("/staff/new", data={"name": "<script>", "username": "x y", "roles[]": "king"})
    assert (hostile.status, "<script>" in (await hostile.text()).split("<main")[1].split("</main")[0]) == (422, False)


async def test_suspending_signs_out_at_once(client_for: Browsers, story: Story) -> None:
    admin, browser = await client_for(login=story.admin), await client_for(login=story.mediator)
    assert (await browser.get("/password")).status == 200
    await admin.post(f"/staff/{story.mediator.staff.id}/suspend")
    assert (await browser.get("/password", allow_redirects=False)).status == 303
    assert (await sign_in(browser)).status == 422


async def test_of_two_administrators_who_change_roles_the_slower_is_told(
    client_for: Browsers, sqlite: Database, story: Story
) -> None:
    admin, path = await client_for(login=story.admin), f"/staff/{story.mediator.staff.id}"
    text = await (await admin.get(path)).text()
    form = {"title": "退休法官", "roles[]": "judge", "seen": text.split('name="seen" value="')[1].split('"')[0]}
    assert (await admin.post(path, data=form, allow_redirects=False)).status == 303
    assert (await admin.post(path, data=form | {"roles[]": "admin"}, allow_redirects=False)).status == 409
    async with sqlite.read() as db:
        assert (await db.get_one(Staff, story.mediator.staff.id)).roles == ["judge"]
