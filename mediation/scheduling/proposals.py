"""Which of the free times to propose first, with what speaks for and against each, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mediation.i18n import gettext as _
from mediation.scheduling.rules import Span
from mediation.scheduling.slots import overlaps
from mediation.scheduling.wording import listed

PROPOSED = 6
_OF_A_KIND = 3  # times that have the same for and against them, so that there is a choice between kinds
_SHORT_NOTICE = timedelta(hours=24)
_OFFICE_HOURS = range(9, 18)
_SATURDAY = 5

Reason = tuple[bool, str]  # whether it speaks for the slot, the sentence


@dataclass(frozen=True)
class Proposal:
    """A slot with its reasons."""

    span: Span
    reasons: Sequence[Reason]


def proposals(
    slots: Sequence[Span], optional_busy: Mapping[str, Sequence[Span]], now: datetime, zone: ZoneInfo
) -> list[Proposal]:
    """The best slots first: what speaks against a slot counts, then how soon it is; on different days and of different kinds.

    `optional_busy`: how each optional person is called → their busy time.
    """
    judged = sorted(
        (Proposal(slot, reasons_for(slot, optional_busy, now, zone)) for slot in slots),
        key=lambda each: (_against(each), each.span[0]),
    )
    chosen: list[Proposal] = []
    for each in judged:
        if len(chosen) < PROPOSED and _adds_choice(each, chosen, zone):
            chosen.append(each)
    return chosen


def reasons_for(slot: Span, optional_busy: Mapping[str, Sequence[Span]], now: datetime, zone: ZoneInfo) -> list[Reason]:
    """What speaks for and against the slot, in the reader's language."""
    start = slot[0].astimezone(zone)
    weekend, office = start.weekday() >= _SATURDAY, start.hour in _OFFICE_HOURS
    found: list[Reason] = []
    if weekend or not office:
        found.append(
            (
                True,
                _("At the weekend, nobody has to take leave") if weekend else _("After work, nobody has to take leave"),
            )
        )
    else:
        found.append((False, _("In working hours, somebody may have to take leave")))
    missing = [name for name, spans in optional_busy.items() if overlaps(slot, spans)]
    present = [name for name in optional_busy if name not in missing]
    if present:
        found.append((True, _("{names} can come too").format(names=listed(present))))
    if missing:
        found.append((False, _("{names} can't come (optional)").format(names=listed(missing))))
    if slot[0] - now < _SHORT_NOTICE:
        found.append((False, _("Less than a day ahead")))
    return found


def _against(proposal: Proposal) -> int:
    return sum(not good for good, _sentence in proposal.reasons)


def _adds_choice(each: Proposal, chosen: Sequence[Proposal], zone: ZoneInfo) -> bool:
    alike = [other for other in chosen if other.reasons == each.reasons]
    days = {other.span[0].astimezone(zone).date() for other in alike}
    return len(alike) < _OF_A_KIND and each.span[0].astimezone(zone).date() not in days
