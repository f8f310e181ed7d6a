"""What ISO 19005-2 (PDF/A-2b) asks of a file's structure, as far as it can be read without drawing it. No validator: widths of
glyphs, contents of fonts and limits of numbers are not looked at."""

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition", "/Trans",
    "/GoTo3DView", "/JavaScript",
}  # fmt: skip
# 6.1.3, 6.1.7.1, 6.2.5, 6.2.8, 6.2.9, 6.4, 6.5.2, 6.8 to 6.11
_FORBIDDEN_KEYS = {
    "/Encrypt", "/FFilter", "/FDecodeParms", "/TR", "/HTP", "/Alternates", "/OPI", "/Ref", "/NeedAppearances", "/XFA",
    "/AA", "/JavaScript", "/EmbeddedFiles", "/EF", "/OCProperties", "/AlternatePresentations", "/PresSteps", "/Requirements",
}  # fmt: skip
_BLENDING = {
    "/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten", "/ColorDodge", "/ColorBurn",
    "/HardLight", "/SoftLight", "/Difference", "/Exclusion", "/Hue", "/Saturation", "/Color", "/Luminosity",
}  # fmt: skip


def faults(content: bytes) -> list[str]:
    """In which ways the file is no PDF/A-2b; empty when none was found."""
    reader = PdfReader(io.BytesIO(content))
    root = reader.trailer["/Root"]
    found = [*_header(content), *_metadata(root), *_output_intent(root)]
    if "/ID" not in reader.trailer:
        found.append("6.1.3: no ID")
    for each in _dictionaries(reader.trailer):
        found += [f"forbidden: {key}" for key in each if key in _FORBIDDEN_KEYS]
        found += [*_stream(each), *_font(each), *_action(each), *_graphics(each)]
    return list(dict.fromkeys(found))


def _header(content: bytes) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", content):
        yield "6.1.2: header"


def _metadata(root: Any) -> Iterator[str]:
    xmp = root["/Metadata"].get_data().decode() if "/Metadata" in root else ""
    for name, value in (("part", "2"), ("conformance", "B")):
        if f"<pdfaid:{name}>{value}</pdfaid:{name}>" not in xmp and f'pdfaid:{name}="{value}"' not in xmp:
            yield f"6.6.4: pdfaid:{name}"


def _output_intent(root: Any) -> Iterator[str]:
    intents = [intent.get_object() for intent in root.get("/OutputIntents", [])]
    intents = [intent for intent in intents if intent["/S"] == "/GTS_PDFA1"]
    if not intents:
        yield "6.2.3: no output intent"
        return
    profile = intents[0]["/DestOutputProfile"].get_data()
    kind, space, signature = profile[12:16], profile[16:20], profile[36:40]
    if (space, signature) != (b"RGB ", b"acsp") or kind not in (b"mntr", b"prtr") or profile[8] > 4:
        yield "6.2.3: output profile"


def _stream(each: DictionaryObject) -> Iterator[str]:
    if isinstance(each, StreamObject):
        filters = each.get("/Filter", [])
        if {"/LZWDecode", "/Crypt"} & set(filters if isinstance(filters, list) else [filters]):
            yield "6.1.7.2: filter"
        if "/F" in each:
            yield "6.1.7.1: external stream"


def _font(each: DictionaryObject) -> Iterator[str]:
    if each.get("/Type") != "/Font" or each.get("/Subtype") == "/Type3":
        return
    if each["/Subtype"] == "/Type0":
        if each["/Encoding"] not in ("/Identity-H", "/Identity-V") and not isinstance(each["/Encoding"], StreamObject):
            yield "6.2.11.3.3: CMap"
        return
    if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(each.get("/FontDescriptor", {})):
        yield f"6.2.11.4.1: {each.get('/BaseFont')} is not embedded"
    if each["/Subtype"] == "/CIDFontType2" and "/CIDToGIDMap" not in each:
        yield "6.2.11.3.2: CIDToGIDMap"


def _action(each: DictionaryObject) -> Iterator[str]:
    if each.get("/S") in _ACTIONS:
        yield f"6.5.1: {each['/S']}"
    if each.get("/Type") == "/Annot" and each.get("/Subtype") not in ("/Link", "/Popup"):
        yield f"6.3.1: {each.get('/Subtype')}"


def _graphics(each: DictionaryObject) -> Iterator[str]:
    if each.get("/BM", "/Normal") not in _BLENDING:
        yield f"6.2.10: {each['/BM']}"
    if each.get("/Interpolate", False):
        yield "6.2.8: Interpolate"
    if each.get("/Subtype") == "/PS" or "/DeviceCMYK" in (each.get("/ColorSpace"), each.get("/CS")):
        yield "6.2.4.3 or 6.2.9: CMYK or PostScript"


def _dictionaries(trailer: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary and stream that the file's trailer leads to, each once."""
    waiting: list[Any] = [trailer]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, IndirectObject):
            if each.idnum in seen:
                continue
            seen.add(each.idnum)
            each = each.get_object()
        if isinstance(each, DictionaryObject):
            yield each
            waiting += [each.raw_get(key) for key in each]
        elif isinstance(each, ArrayObject):
            waiting += list(each)
