"""The clause about visiting a child: what it is made of, whether it is clear, how it reads.

民诉法解释 art. 358 (no. 4): a court refuses to confirm what is unclear, so each of who, what, when, where and what if not has
to be said. The sentence is Chinese whatever the reader's language is: it is the agreement.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any

from mediation.agreements.recurrence import (
    WEEKDAY_WORDS,
    next_dates,
    spoken_date,
    spoken_often,
    spoken_rule,
    spoken_time,
)

Called = Mapping[str, str]  # person id → how they are called


@dataclass(frozen=True)
class Visiting:
    """Empty fields are not said yet. Persons are ids of parties; times are wall-clock times of the workstation."""

    visitor: str = ""
    child: str = "孩子"
    what: str = ""
    rrule: str = ""
    dtstart: str = ""
    ends_after_days: int = 0
    ends_at: str = ""
    brought_by: str = ""
    handover: str = ""
    returned_by: str = ""
    return_place: str = ""
    notice_days: int | None = None
    if_not: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "Visiting":
        """From the stored fields."""
        return cls(**fields)

    def stored(self) -> dict[str, Any]:
        """As fields to store."""
        return asdict(self)

    @property
    def starts(self) -> datetime | None:
        """When the first visit begins."""
        return datetime.fromisoformat(self.dtstart) if self.dtstart else None

    @property
    def ends(self) -> datetime | None:
        """When the first visit ends."""
        if self.starts is None or not self.ends_at:
            return None
        day = self.starts.date() + timedelta(days=self.ends_after_days)
        return datetime.combine(day, time.fromisoformat(self.ends_at))

    def dates(self, after: datetime, count: int = 3) -> list[datetime]:
        """The next so many visits."""
        return next_dates(self.rrule, self.starts, after, count) if self.starts and self.rrule else []


def clear(visiting: Visiting) -> dict[str, bool]:
    """The five checks: who, what, when, where, what if not."""
    starts, ends = visiting.starts, visiting.ends
    return {
        "who": bool(visiting.visitor and visiting.child and visiting.brought_by and visiting.returned_by),
        "what": bool(visiting.what),
        "when": bool(visiting.rrule and starts and ends and ends > starts),
        "where": bool(visiting.handover and visiting.return_place),
        "if_not": bool(visiting.if_not and visiting.notice_days is not None),
    }


def sentence(visiting: Visiting, called: Called) -> str:
    """The clause in words, as far as it is said."""
    parts = [_coming(visiting, called), _going(visiting, called)]
    if visiting.starts:
        parts.append(f"从{spoken_date(visiting.starts)}开始。")
    if missed := if_not(visiting):
        parts.append(f"做不到时，{missed}。")
    return "".join(part for part in parts if part)


def who(visiting: Visiting, called: Called) -> str:
    """林先生送来，王女士送回."""
    brought, returned = called.get(visiting.brought_by), called.get(visiting.returned_by)
    words = [f"{brought}送来" if brought else "", f"{returned}送回" if returned else ""]
    return "，".join(word for word in words if word)


def when(visiting: Visiting) -> str:
    """从 12月12日 起，每月一次."""
    if not (visiting.starts and visiting.rrule):
        return ""
    return f"从 {visiting.starts.month}月{visiting.starts.day}日 起，{spoken_often(visiting.rrule)}"


def if_not(visiting: Visiting) -> str:
    """提前2天告诉对方，下个周末补上."""
    notice = visiting.notice_days
    ahead = "" if notice is None else "当天告诉对方" if notice == 0 else f"提前{notice}天告诉对方"
    return "，".join(word for word in (ahead, visiting.if_not.rstrip("。")) if word)


def _coming(visiting: Visiting, called: Called) -> str:
    moment = spoken_rule(visiting.rrule) if visiting.rrule else ""
    if visiting.starts:
        moment += spoken_time(visiting.starts.time())
    brought = called.get(visiting.brought_by, "")
    words = [moment]
    if brought:
        words.append(f"{brought}送{visiting.child}" + (f"到{visiting.handover}" if visiting.handover else ""))
    if visiting.what:
        words.append(visiting.what.rstrip("。"))
    said = "，".join(word for word in words if word)
    return f"{said}。" if said else ""


def _going(visiting: Visiting, called: Called) -> str:
    starts, ends = visiting.starts, visiting.ends
    returned = called.get(visiting.returned_by, "")
    if not (starts and ends and returned):
        return ""
    day = "当天" if visiting.ends_after_days == 0 else WEEKDAY_WORDS[ends.weekday()]
    return f"{day}{spoken_time(ends.time())}前，{returned}送{visiting.child}回{visiting.return_place or '去'}。"
