"""libical's own check of iTIP restrictions (RFC 5546), by ctypes; icalendar's validate() does not do this."""

import ctypes
from ctypes.util import find_library


def itip_errors(text: str) -> list[str]:
    """What libical says against this calendar object; an empty list when it obeys the restrictions of its METHOD.

    Raises RuntimeError when libical is not installed (Debian: libical3).
    """
    name = find_library("ical")
    if name is None:
        raise RuntimeError("libical is needed: apt-get install libical3")
    library = ctypes.CDLL(name)
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    library.icalcomponent_as_ical_string.restype = ctypes.c_char_p
    for function in ("icalrestriction_check", "icalcomponent_as_ical_string", "icalcomponent_free"):
        getattr(library, function).argtypes = [ctypes.c_void_p]
    component = library.icalparser_parse_string(text.encode())
    if not component:
        return ["not a calendar object"]
    try:
        obeys = library.icalrestriction_check(component)
        written: bytes = library.icalcomponent_as_ical_string(component)
        lines = written.decode().replace("\r\n ", "").splitlines()
        errors = [line for line in lines if line.startswith("X-LIC-ERROR")]
        return errors if errors or obeys else ["restrictions are not obeyed"]
    finally:
        library.icalcomponent_free(component)
