"""What the archivist asked for, read from the address of the page; what makes no sense there is left out."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from mediation.archive.bigrams import words_of
from mediation.archive.searching import Wanted
from mediation.cases.kinds import DisputeKind, Outcome

LONGEST_QUERY = 100  # characters
_Choice = TypeVar("_Choice", bound=StrEnum)


class Query(Protocol):
    """The part of a query string that is needed here."""

    def get(self, name: str, default: str) -> str:
        """The first value."""
        raise NotImplementedError

    def getall(self, name: str, default: list[str]) -> list[str]:
        """All values."""
        raise NotImplementedError


def wanted(query: Query) -> Wanted:
    """The search that this address asks for."""
    papers = set(query.getall("papers", []))
    number = query.get("page", "1")
    return Wanted(
        words=tuple(words_of(query.get("q", "")[:LONGEST_QUERY])),
        kinds=_chosen(DisputeKind, query.getall("kind", [])),
        outcomes=_chosen(Outcome, query.getall("outcome", [])),
        complete={frozenset({"complete"}): True, frozenset({"lacking"}): False}.get(frozenset(papers)),
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        page=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
    )


def address(query: str, asked: Wanted) -> str:
    """The address of the same search without its page, ready for a page number."""
    papers = {True: ["complete"], False: ["lacking"], None: []}[asked.complete]
    pairs: list[tuple[str, str]] = [("q", query)]
    pairs += [("since", asked.since.isoformat())] if asked.since else []
    pairs += [("until", asked.until.isoformat())] if asked.until else []
    pairs += [("outcome", outcome.value) for outcome in sorted(asked.outcomes)]
    pairs += [("kind", kind.value) for kind in sorted(asked.kinds)]
    pairs += [("papers", each) for each in papers]
    return f"/archive?{urlencode(pairs)}&page="


def _chosen(kind: type[_Choice], values: Iterable[str]) -> frozenset[_Choice]:
    return frozenset(kind(value) for value in values if value in set(kind))


def _day(entered: str) -> date | None:
    try:
        day = date.fromisoformat(entered)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None
