"""Read everything that the workstation serves to one person: every route of the router, every link, PDFs, calendars."""

import html
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from aiohttp import ClientSession, web

_LINKS = re.compile(r'(?:href|src|action|data-panel|data-[a-z-]*url)="(/[^"#]*)')
_VARIABLE = re.compile(r"{(\w+)(?::[^}]*)?}")


@dataclass(frozen=True)
class Served:
    """Something that one person received: from where, and all readable text of it."""

    where: str
    text: str


@dataclass
class Harvest:
    """All that one person received. `tell` notes one more thing."""

    things: list[Served] = field(default_factory=list)

    def tell(self, where: str, text: str) -> None:
        """Note what was served."""
        self.things.append(Served(where, text))

    def holding(self, needles: Iterable[str], allowed: str | None = None) -> list[tuple[str, str]]:
        """Where which needle was found; not counting places that match `allowed`, nor an address that says back its own."""
        hits = [
            (thing.where, needle)
            for thing in self.things
            if allowed is None or not re.search(allowed, thing.where)
            for needle in needles
            if needle not in thing.where and contains(thing.text, needle)
        ]
        return sorted(set(hits))


def contains(text: str, needle: str) -> bool:
    """Whether the needle is there, plain, as JSON or HTML spell it, or broken over lines."""
    spellings = {needle, json.dumps(needle)[1:-1], html.escape(needle)}
    flat = re.sub(r"\s+", "", text)
    return any(spelling in text or re.sub(r"\s+", "", spelling) in flat for spelling in spellings)


def get_routes(app: web.Application) -> list[str]:
    """The patterns of all GET routes that are neither static files nor sockets."""
    return _routes(app, "GET")


def post_routes(app: web.Application) -> list[str]:
    """The patterns of all POST routes."""
    return _routes(app, "POST")


def _routes(app: web.Application, method: str) -> list[str]:
    found = {each.resource.canonical for each in app.router.routes() if each.method == method and each.resource}
    return sorted(path for path in found if not path.startswith(("/static", "/socket.io")))


def filled(pattern: str, ids: Mapping[str, str]) -> str:
    """The pattern with ids in it; an id that nobody knows is filled with one that doesn't exist."""
    return _VARIABLE.sub(lambda match: ids.get(match[1], "no-such-id"), pattern)


async def crawl(base: str, cookie: str, starts: Iterable[str], harvest: Harvest, stage: str, at_most: int = 400) -> int:
    """Get every address of `starts` and every link found on the way, as one browser; gives how many were pages (200)."""
    waiting, seen, good = list(starts), set[str](), 0
    async with ClientSession(headers={"Cookie": cookie}) as browser:
        while waiting and len(seen) < at_most:
            path = waiting.pop(0)
            if path in seen or path.startswith("/static/"):
                continue
            seen.add(path)
            async with browser.get(base + path, allow_redirects=False) as answer:
                body = await answer.read()
                assert answer.status < 500, (stage, path, answer.status)
                good += answer.status == 200
                kind, headers = answer.content_type, "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
            harvest.tell(f"{stage} {path}", headers + "\n" + readable(body, kind))
            waiting += [html.unescape(link) for link in _LINKS.findall(body.decode(errors="ignore"))]
    return good


def readable(body: bytes, kind: str) -> str:
    """All text of a body: of a PDF its raw bytes, its metadata and what pdftotext reads; of a calendar unfolded."""
    text = body.decode("utf-8", errors="replace")
    if kind == "application/pdf":
        return text + pdf_text(body)
    if kind == "text/calendar":
        return text.replace("\r\n ", "")
    return text


def pdf_text(body: bytes) -> str:
    """What a reader of the PDF finds: text, properties and XMP metadata."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(body)
        file.flush()
        programs = (["pdftotext", "-layout", file.name, "-"], ["pdfinfo", file.name], ["pdfinfo", "-meta", file.name])
        return "\n".join(subprocess.run(call, check=True, capture_output=True, text=True).stdout for call in programs)


def mails_to(folder: Path, address: str) -> list[str]:
    """Every mail to this address, with headers, all parts decoded, calendar lines unfolded."""
    texts = []
    for path in sorted(folder.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        if address not in str(mail["To"]):
            continue
        headers = "\n".join(f"{name}: {value}" for name, value in mail.items())
        parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
        bodies = [part.decode().replace("\r\n ", "") for part in parts if isinstance(part, bytes)]
        texts.append("\n".join([path.name, headers, *bodies]))
    return texts
