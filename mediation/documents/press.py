"""The press: a process of its own that sets one document and ends, so that a hard one can be stopped.

Run as a file (`python -I press.py`), it imports nothing of this package. In: JSON with `template`, `fonts`, `data` and
`timestamp` (UNIX seconds). Out: the PDF, or JSON with `error` and the characters that the font lacks (`missing`).
"""

import json
import re
import sys
from pathlib import Path

import typst

NOT_PRINTABLE = 3
_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def press(job: dict[str, object]) -> bytes:
    """The document as PDF/A-2b; whatever people wrote reaches the template as data, never as Typst source."""
    template = Path(str(job["template"]))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(job["fonts"])])
    compiler = typst.Compiler(template, root=template.parent, font_paths=fonts, ignore_system_fonts=True)
    data = {"data": json.dumps(job["data"], ensure_ascii=False)}
    made = compiler.compile(sys_inputs=data, pdf_standards=["a-2b"], timestamp=int(str(job["timestamp"])))
    if not isinstance(made, bytes):
        raise typst.TypstError("more than one file was made", "")
    return made


if __name__ == "__main__":
    try:
        sys.stdout.buffer.write(press(json.load(sys.stdin)))
    except typst.TypstError as error:
        named = _GLYPH.findall(error.diagnostic or error.message)
        missing = list(dict.fromkeys(_ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text) for text in named))
        sys.stdout.write(json.dumps({"error": error.message, "missing": missing}))
        sys.exit(NOT_PRINTABLE)
