"""Full-width punctuation in Chinese texts: `python tools/chinese_punctuation.py [--fix] FILE…` names or mends each place.

In catalogues (.po) the Chinese lines are looked at as a whole, in other files only marks between two Chinese characters.
Half-width stay: marks between digits (2:30), the brackets of case numbers such as (2026)青家调, everything in English.
"""

import re
import sys
from pathlib import Path

_HAN = r"[\u3400-\u9fff\u3001\u3002\u201c\u201d\uff08-\uff1f]"
_WIDE = str.maketrans({",": "\uff0c", ":": "\uff1a", ";": "\uff1b", "?": "\uff1f", "!": "\uff01"})
_BETWEEN_HAN = re.compile(rf"(?<={_HAN})(?:[,:;?!] ?(?={_HAN})|,(?=\d))")
_IN_MARKUP = re.compile(r"(?<=[>\u3400-\u9fff])[,:;?!](?=[<\u3400-\u9fff])")
_AFTER_HAN = re.compile(
    rf"(?<={_HAN})[,:;?!](?![\d/])|(?<=[\w)}}%])[,:;?!](?={_HAN})|(?<=\)s)[,:;?!]|(?<={_HAN})[,:;?!](?=\d)"
)
_BRACKETS = re.compile(rf"(?<!%)\(([^()]*{_HAN}[^()]*)\)")
_QUOTES = re.compile(r'\\"([^"\\]+)\\"')
_HAS_HAN = re.compile(r"[\u3400-\u9fff]")


def mended(text: str) -> str:
    """A Chinese sentence with its marks full width."""
    text = _BRACKETS.sub("\uff08\\1\uff09", text)
    text = _QUOTES.sub("\u201c\\1\u201d", text)
    return _AFTER_HAN.sub(lambda mark: mark[0].translate(_WIDE), text)


def mended_file(path: Path) -> str:
    """The file's text with the marks of its Chinese texts full width."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if path.suffix != ".po":
        patterns = [_BETWEEN_HAN, _IN_MARKUP] if path.suffix == ".html" else [_BETWEEN_HAN]
        for pattern in patterns:
            lines = [pattern.sub(lambda mark: mark[0].strip().translate(_WIDE), line) for line in lines]
        return "\n".join(lines)
    inside = False
    for number, line in enumerate(lines):
        inside = line.startswith("msgstr") or (inside and line.startswith('"'))
        if inside and _HAS_HAN.search(line):
            start = line.index('"') + 1
            lines[number] = line[:start] + mended(line[start:-1]) + line[-1]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Mend or name; returns how many files had half-width marks."""
    fix = "--fix" in arguments
    found = 0
    for path in (Path(name) for name in arguments if name != "--fix"):
        text, better = path.read_text(encoding="utf-8"), mended_file(path)
        if text == better:
            continue
        found += 1
        if fix:
            path.write_text(better, encoding="utf-8")
        for before, after in zip(text.split("\n"), better.split("\n"), strict=True):
            if before != after:
                sys.stdout.write(f"{path}: {after if fix else before}\n")
    return 0 if fix else found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
