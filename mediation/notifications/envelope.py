"""Make the e-mail: plain text, the same as HTML, and the invite file last (RFC 6047 section 2.4)."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from icalendar.parser import Contentlines

from mediation.notifications.models import Message

_LINK = re.compile(r"https?://\S+")
# Mail programs know no style sheets: the size and the ink of the phone pages, and long links that break.
_STYLE = (
    "max-width: 34em; margin: 0; padding: 16px; background: #FFFFFF; color: #1D2421; overflow-wrap: anywhere; "
    "font: 18px/1.7 system-ui, 'PingFang SC', 'Microsoft YaHei', sans-serif"
)
_HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'


def envelope(message: Message, subject: str, text: str, calendar: str, sender: Address, to: str) -> EmailMessage:
    """The whole mail; `subject`, `text` and `calendar` are filled in already.

    Message-ID and Date are those of the row, so that a repeated delivery is recognisable as the same mail.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = message.message_id
    mail["Date"] = format_datetime(message.created_at)
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="base64")
    mail.add_alternative(as_html(text, message.locale), subtype="html", cte="base64")
    if calendar:
        mail.add_alternative(refolded(calendar).encode(), maintype="text", subtype="calendar", cte="base64")
        part = mail.get_payload()[-1]  # type: ignore[index]
        params = {"charset": "UTF-8", "method": message.calendar_method or "REQUEST", "component": "VEVENT"}
        part.replace_header("Content-Type", "text/calendar")  # type: ignore[union-attr]
        for name, value in params.items():
            part.set_param(name, value)  # type: ignore[union-attr]
    return mail


def as_html(text: str, locale: str) -> str:
    """The text as a small page: a paragraph each, links to click, nothing loaded from anywhere."""
    paragraphs = "\n".join(f"<p>{_lines(paragraph)}</p>" for paragraph in text.strip().split("\n\n"))
    page = f'<head>{_HEAD}</head>\n<body style="{_STYLE}">\n{paragraphs}\n</body>'
    return f'<!doctype html>\n<html lang="{locale}">{page}</html>\n'


def unfolded(calendar: str) -> str:
    """The calendar with one line for each property (RFC 5545 section 3.1): a fold may stand within a placeholder."""
    return calendar.replace("\r\n ", "").replace("\r\n\t", "")


def refolded(calendar: str) -> str:
    """The calendar with its lines folded at 75 octets again: filling in placeholders made some longer."""
    content: bytes = Contentlines.from_ical(calendar).to_ical()  # type: ignore[no-untyped-call]
    return content.decode()


def _lines(paragraph: str) -> str:
    lines = (
        _LINK.sub(lambda link: f'<a style="color: #0C5A52" href="{link[0]}">{link[0]}</a>', escape(line))
        for line in paragraph.split("\n")
    )
    return "<br>\n".join(lines)
