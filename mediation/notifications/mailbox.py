"""Read back the mail and the SMS that were written to the folder, for the demo's mailbox."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from mediation.notifications.channels import MAIL_FOLDER, SMS_FOLDER

NEWEST = 60
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail or SMS. `pieces` is the text cut into plain pieces and links, in order."""

    at: datetime
    to: str
    subject: str
    text: str
    calendar_method: str = ""
    sms: bool = False
    links: list[str] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)


async def letters(data_dir: Path, at_most: int = NEWEST) -> list[Letter]:
    """The newest letters first."""
    return await asyncio.to_thread(_letters, data_dir, at_most)


def _letters(data_dir: Path, at_most: int) -> list[Letter]:
    paths = [*(data_dir / MAIL_FOLDER).glob("*.eml"), *(data_dir / SMS_FOLDER).glob("*.txt")]
    newest = sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)[:at_most]
    return [_mail(path) if path.suffix == ".eml" else _sms(path) for path in newest]


def _mail(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    text = body.get_content().replace("\r\n", "\n").strip() if body else ""
    methods = [part.get_param("method") for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return _letter(path, mail["To"], mail["Subject"], text, calendar_method=str(methods[0]) if methods else "")


def _sms(path: Path) -> Letter:
    phone, _, text = path.read_text().partition("\n\n")
    return _letter(path, phone, "", text.strip(), sms=True)


def _letter(path: Path, to: str, subject: str, text: str, calendar_method: str = "", sms: bool = False) -> Letter:
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    cuts = re.split(r"(https?://\S+)", text)
    pieces = [(piece, bool(_LINK.fullmatch(piece))) for piece in cuts if piece]
    return Letter(at, to, subject, text, calendar_method, sms, _LINK.findall(text), pieces)
