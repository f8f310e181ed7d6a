"""Whatever is sent to whatever route: never a fault of the server, always a stable code and a sentence, nothing half-done."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse, ClientSession
from pydantic import BaseModel

from mediation.config import Settings
from mediation.db import Database
from tests.privacy.browsing import Sweep, swept
from tests.privacy.crawling import get_routes, post_routes
from tests.story import Story

pytestmark = pytest.mark.timeout(240)

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
# HTML, Jinja, Typst, right-to-left and half of what breaks parsers.
HOSTILE = '\u202e<script>alert(1)</script>{{1234567*7654321}}{% raw %}#read("/etc/passwd")[$ \\ ]"\'`\u0000\u2028👩‍👧𠮷'
# A refused login is written down, and so is a refused code.
WRITES_REFUSALS = {"/login", "/password"}


@dataclass(frozen=True)
class Body:
    """What is sent."""

    name: str
    content: bytes
    kind: str = FORM


def _field_names() -> list[str]:
    """Every field of every form of the application."""
    kinds, names = [BaseModel], set[str]()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if re.fullmatch(r"mediation\..*(pages|forms).*", kind.__module__):
            names |= set(kind.model_fields)
    return sorted(names)


# What one database keeps and another does not.
STORED = {"hostile text", "long text", "huge number", "date out of range", "NUL", "JSON numbers", "JSON hostile text",
          "JSON half a character"}  # fmt: skip
# These are sent by a browser that wants a page; the page is shown again with what was entered.
SHOWN_AGAIN = {"empty", "hostile text", "lists", "JSON wrong types", "broken multipart"}


def _bodies(only_stored: bool) -> list[Body]:
    """Everything; or what a database might refuse, since the rest does not get so far."""
    names = _field_names()

    def each(value: object) -> dict[str, object]:
        return dict.fromkeys(names, value)

    def form(value: str) -> bytes:
        return urlencode(each(value)).encode()

    def made(value: object) -> bytes:
        return json.dumps(value).encode()

    boundary = "multipart/form-data; boundary=x"
    upload = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\nfile\r\n' % name.encode()
        for name in names
    )
    bodies = [
        Body("empty", b""),
        Body("empty JSON", b"", JSON),
        Body("empty fields", form("")),
        Body("hostile text", form(HOSTILE)),
        Body("long text", form("长" * 3000)),
        Body("huge number", form("9" * 40)),
        Body("negative number", form("-1")),
        Body("stale version", form("999999")),
        Body("true", form("true")),
        Body("date out of range", form("9999-12-31T23:59:59+14:00")),
        Body("NUL", form("\x00")),
        Body("invalid UTF-8", b"&".join(b"%s=%%ff%%fe\xff" % name.encode() for name in names)),
        Body("lists", urlencode([(f"{name}[]", "x") for name in names] * 2).encode()),
        Body("over 1 MB", b"text=" + b"x" * (1 << 20) + b"xxxxxx"),
        Body("unknown charset", form("x"), FORM + "; charset=nonsense"),
        Body("unknown JSON charset", made(each("x")), JSON + "; charset=nonsense"),
        Body("other charset", form("x"), FORM + "; charset=utf-16"),
        Body("JSON said to be a form", made(each("x"))),
        Body("form said to be JSON", form("x"), JSON),
        Body("JSON list", made(["x"]), JSON),
        Body("JSON wrong types", made(each({"a": [1, None, {"b": 2}]})), JSON),
        Body("JSON numbers", made(each(10**30)), JSON),
        Body("JSON null", made(each(None)), JSON),
        Body("JSON not a number", made(each(float("nan"))), JSON),
        Body("JSON hostile text", made(each(HOSTILE)), JSON),
        Body("JSON half a character", made(each("\ud83d")), JSON),
        Body("JSON invalid UTF-8", b'{"text": "\xff\xfe"}', JSON),
        Body("JSON deep", b"[" * 100_000, JSON),
        Body("JSON long number", b'{"version": ' + b"9" * 10_000 + b"}", JSON),
        Body("uploads", upload + b"--x--\r\n", boundary),
        Body("broken multipart", b"--x\r\nnonsense", boundary),
        Body("multipart without boundary", b"x", "multipart/form-data"),
        Body("text", b"x", "text/plain"),
    ]
    return [body for body in bodies if body.name in STORED or not only_stored]


@pytest.fixture
async def sweep(settings: Settings, story_on: tuple[Database, Story]) -> AsyncIterator[Sweep]:
    """The server on both databases."""
    async with ClientSession() as browser:
        made = await swept(settings, *story_on, browser)
        yield made
        await made.server.close()


async def test_whatever_is_posted(sweep: Sweep) -> None:
    faults: list[tuple[str, str, str]] = []
    for pattern in post_routes(sweep.app):
        await sweep.sign_in()
        before = await sweep.rows()
        for body in _bodies(not sweep.database.is_sqlite):
            headers = {"Content-Type": body.kind} | {"Accept": "text/html" if body.name in SHOWN_AGAIN else JSON}
            answer = await sweep.ask("POST", pattern, data=body.content, headers=headers)
            wrong = _wrong(answer, await answer.text())
            after = await sweep.rows()
            if answer.status >= 400 and pattern not in WRITES_REFUSALS and after != before:
                wrong += " left something behind"
            before = after
            faults += [(pattern, body.name, wrong)] if wrong else []
    assert not faults, "\n".join(" | ".join(fault) for fault in faults)


async def test_whatever_address_is_asked_for(sweep: Sweep) -> None:
    """Unknown ids, ids that no database can hold, and questions that make no sense."""
    faults = []
    names = dict.fromkeys(sweep.ids) | dict.fromkeys(("document_id", "message_id", "clause_id", "consultation_id"))
    queries = ["?" + urlencode(dict.fromkeys(("q", "page", "at", "day", "date", "from", "until", "kind", "outcome", "clause", "state", "next", "action", "number", "starts_at", "minutes", "people", "cursor"), value))
               for value in ("", "-1", "9" * 40, HOSTILE, "\x00", "x" * 5000)]  # fmt: skip
    queries = queries if not sweep.database.is_sqlite else queries[1:4:2]
    for method, patterns in (("GET", get_routes(sweep.app)), ("POST", post_routes(sweep.app))):
        for pattern in patterns:
            for bad in ("%00", "%ff%fe", "no-such-id", "x" * 3000, "%E2%80%AE%3Cscript%3E"):
                if "{" in pattern:
                    answer = await sweep.ask(method, pattern, ids=dict.fromkeys(names, bad), headers={"Accept": JSON})
                    wrong = _wrong(answer, await answer.text())
                    faults += [(method, pattern, bad[:20], wrong)] if wrong else []
            for query in queries if method == "GET" else []:
                answer = await sweep.ask(method, pattern, query=query)
                wrong = _wrong(answer, await answer.text()) if answer.content_type in (JSON, "text/html") else ""
                faults += [(method, pattern, query[:40], wrong)] if wrong else []
    assert not faults, "\n".join(" | ".join(fault) for fault in faults)


def _wrong(answer: ClientResponse, text: str) -> str:
    """What is wrong with an answer; nothing, if nothing is."""
    if answer.status >= 500 and not (answer.status == 503 and "unavailable" in text):
        return f"status {answer.status}: {text[:200]}"
    if "<script>alert" in text or "9449772114007" in text:
        return "what was sent is taken for code"
    if answer.status < 400:
        return ""
    if answer.content_type == JSON:
        error = json.loads(text).get("error", {})
        well = re.fullmatch(r"[a-z][a-z0-9_]+", error.get("code", "")) and re.search(
            "[一-鿿]", error.get("message", "")
        )
        return "" if well else f"no code or sentence: {text[:200]}"
    return "" if re.search("<main.*[一-鿿]", text, re.DOTALL) else f"no sentence: {answer.status} {text[:200]}"
