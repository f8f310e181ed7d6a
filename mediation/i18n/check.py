"""`python -m mediation.i18n.check`: every text has a Chinese translation, with the same placeholders; none is left over."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from mediation.config import STATIC_DIR, TEMPLATES_DIR
from mediation.i18n import FOLDER, catalogue

_PACKAGE = FOLDER.parent
_ERRORS = (
    "Invalid",
    "NotSignedIn",
    "NotAllowed",
    "NotFound",
    "Conflict",
    "Expired",
    "TooMany",
    "Unavailable",
)
_KEYWORDS = {**DEFAULT_KEYWORDS, **dict.fromkeys(_ERRORS, (2,)), "marked": None}
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}")
_SENTENCE = re.compile(r'default_sentence = "(.+)"')


def extracted() -> Iterator[tuple[str, str, bool]]:
    """(message id, where, whether a browser script says it) for every text in the sources."""
    sources: list[tuple[Path, list[tuple[str, str]]]] = [
        (_PACKAGE, [("**.py", "python")]),
        (_PACKAGE.parent / "signaling", [("**.py", "python")]),
        (TEMPLATES_DIR, [("**.html", "jinja2"), ("**.txt", "jinja2")]),
        (STATIC_DIR / "js", [("**.js", "javascript")]),
    ]
    for folder, methods in sources:
        jinja = {"silent": "false", "trimmed": "true", "extensions": "jinja2.ext.do"}
        options = {pattern: jinja for pattern, _ in methods}
        for name, line, message, *_ in extract_from_dir(folder, methods, options, keywords=_KEYWORDS):
            for text in message if isinstance(message, tuple) else (message,):
                if text:
                    yield text, f"{folder.name}/{name}:{line}", folder.name == "js"
    for sentence in _SENTENCE.findall((_PACKAGE / "errors.py").read_text()):
        yield sentence, "mediation/errors.py", False


def problems() -> list[str]:
    """What is missing or wrong, a line each."""
    everything, browser = catalogue("zh"), catalogue("zh", "browser")
    found: list[str] = []
    seen: set[str] = set()
    for text, where, in_browser in extracted():
        seen.add(text)
        translation = (browser if in_browser else everything).get(text)
        if not translation:
            found.append(f"{where}: no Chinese for {text!r}")
        elif sorted(_PLACEHOLDER.findall(text)) != sorted(_PLACEHOLDER.findall(translation)):
            found.append(f"{where}: other placeholders in the Chinese of {text!r}")
    found += [f"left over in the catalogues: {text!r}" for text in sorted(set(everything) - seen)]
    return sorted(set(found))


if __name__ == "__main__":
    lines = problems()
    sys.stdout.write("\n".join([*lines, "" if lines else "translations complete\n"]))
    sys.exit(bool(lines))
