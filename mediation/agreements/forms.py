"""The form of a clause: what its fields are called, read into a draft and back."""

from datetime import date, time
from typing import Any, Literal

from pydantic import BaseModel, Field

from mediation.agreements.clauses import ClauseDraft
from mediation.agreements.kinds import ClauseKind, Matter
from mediation.agreements.models import Clause
from mediation.agreements.recurrence import answers_of, first_on_or_after, rule_of
from mediation.agreements.visiting import Visiting

Repeats = Literal["", "month_1", "month_2", "month_3", "month_4", "month_last", "weekly", "fortnightly"]
Weekday = Literal["", "MO", "TU", "WE", "TH", "FR", "SA", "SU"]


class VersionForm(BaseModel):
    """Every change names the version that was seen."""

    version: int = Field(ge=1, le=1_000_000)


class MoveForm(VersionForm):
    """One place up or down."""

    by: Literal["up", "down"]


class FactsForm(VersionForm):
    """The undisputed facts."""

    facts: str = ""


class ClauseForm(VersionForm):
    """A clause of either kind; lengths are checked where the sentence for them is."""

    kind: ClauseKind
    title: str = ""
    matter: Matter = Matter.ORDINARY
    text: str = ""
    visitor: str = ""
    child: str = ""
    what: str = ""
    repeats: Repeats = ""
    weekday: Weekday = ""
    from_day: date | None = None
    starts_at: time | None = None
    ends_after_days: int = Field(0, ge=0, le=14)
    ends_at: time | None = None
    brought_by: str = ""
    handover: str = ""
    returned_by: str = ""
    return_place: str = ""
    notice_days: int | None = Field(None, ge=0, le=60)
    if_not: str = ""

    def draft(self) -> ClauseDraft:
        """As a draft of a clause."""
        if self.kind is ClauseKind.FREE:
            return ClauseDraft(self.kind, _line(self.title), self.text.replace("\r\n", "\n"), self.matter)
        rule = rule_of(self.repeats, self.weekday) if self.repeats and self.weekday else ""
        starts = None
        if rule and self.from_day and self.starts_at:
            starts = first_on_or_after(rule, self.from_day, self.starts_at)
        visiting = Visiting(
            visitor=self.visitor, child=_line(self.child), what=_line(self.what), rrule=rule,
            dtstart=starts.isoformat() if starts else "", ends_after_days=self.ends_after_days,
            ends_at=f"{self.ends_at:%H:%M}" if self.ends_at else "", brought_by=self.brought_by,
            handover=_line(self.handover), returned_by=self.returned_by, return_place=_line(self.return_place),
            notice_days=self.notice_days, if_not=_line(self.if_not),
        )  # fmt: skip
        return ClauseDraft(self.kind, _line(self.title), matter=Matter.ORDINARY, fields=visiting.stored())


def filled(clause: Clause | None, kind: ClauseKind) -> dict[str, Any]:
    """What stands in the form of this clause, or in that of a new one of `kind`."""
    if clause is None:
        return {**_of_visiting(Visiting()), "kind": kind, "title": "", "matter": Matter.ORDINARY, "text": ""}
    fields = Visiting.of(clause.fields) if clause.kind is ClauseKind.VISITING else Visiting()
    own = {"kind": clause.kind, "title": clause.title, "matter": clause.matter, "text": clause.text}
    return {**_of_visiting(fields), **own}


def _of_visiting(visiting: Visiting) -> dict[str, Any]:
    repeats, weekday = answers_of(visiting.rrule)
    starts = visiting.starts
    return {
        **visiting.stored(),
        "repeats": repeats,
        "weekday": weekday,
        "from_day": f"{starts:%Y-%m-%d}" if starts else "",
        "starts_at": f"{starts:%H:%M}" if starts else "",
        "notice_days": "" if visiting.notice_days is None else visiting.notice_days,
    }


def _line(text: str) -> str:
    return " ".join(text.split())
