"""Fill the placeholders of a message: at delivery with the real link and code, on the page of messages without them.

`{{link}}`, `{{code}}`, `{{organiser}}`, `{{attendee}}`, `{{site}}`, `{{hotline}}` are words; `{{day:…}}`, `{{full_day:…}}` and
`{{clock:…}}` are moments, told in the zone where the workstation stands and in the language of the message.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from mediation.i18n import moments

_PLACEHOLDER = re.compile(r"\{\{(\w+)(?::([^{}]+))?\}\}")


def moment_mark(manner: str, moment: datetime) -> str:
    """The placeholder that tells `moment` in the `manner` "day", "full_day" or "clock"."""
    return f"{{{{{manner}:{moment.isoformat()}}}}}"


def fill(text: str, words: Mapping[str, str], zone: ZoneInfo) -> str:
    """The text with every placeholder filled.

    Raises KeyError for a word that is not given: a message never leaves half filled.
    """

    def told(found: re.Match[str]) -> str:
        manner, written = found.groups()
        if written is None:
            return words[manner]
        moment = datetime.fromisoformat(written)
        if manner == "clock":
            return moments.clock(moment, zone, spoken=True)
        return moments.full_day(moment, zone) if manner == "full_day" else moments.day(moment, zone)

    return _PLACEHOLDER.sub(told, text)
