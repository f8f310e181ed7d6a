"""Chinese and English, Chinese first.

Message ids are English sentences. Chinese lies in `zh/<slice>.po`, one catalogue a slice, merged when loaded;
`zh/browser.po` is the part that pages load for their scripts.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = ("zh", "en")
FOLDER = Path(__file__).parent

current: ContextVar[str] = ContextVar("locale", default="zh")


@cache
def catalogue(locale: str, slice_name: str = "*") -> dict[str, str]:
    """Message id → translation, of every slice or of one. English is the message id itself."""
    messages: dict[str, str] = {}
    for path in sorted((FOLDER / locale).glob(f"{slice_name}.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if isinstance(message.id, str) and message.id and isinstance(message.string, str):
                    messages[message.id] = message.string
    return messages


def gettext(message: str) -> str:
    """The message in the current reader's language."""
    return catalogue(current.get()).get(message, message)


def marked(message: str) -> str:
    """The message itself: marks a text for translation that is looked up later."""
    return message


def ngettext(singular: str, plural: str, count: int) -> str:
    """Chinese has one form, kept under the plural; English chooses by `count`."""
    if current.get() == "zh":
        return gettext(plural)
    return singular if count == 1 else plural


def filled_in(sentence: str, values: Mapping[str, object]) -> str:
    """The sentence in the current reader's language with its placeholders filled."""
    translated = gettext(sentence)
    return translated.format(**values) if values else translated


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Use `locale` within the block (mail and documents are written for their reader, not for who acts)."""
    token = current.set(locale if locale in LOCALES else "zh")
    try:
        yield
    finally:
        current.reset(token)
