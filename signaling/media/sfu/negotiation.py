"""What each line of an offer is for: which are the peer's own tracks, and which source each receive line gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from signaling.media.engine import BadOffer
from signaling.media.sfu.sdp_offer import Offer, OfferLine

OWN_KINDS = {"audio": ("audio",), "video": ("video", "screen")}
RECEIVE = "receive"
Assignment = tuple[str, str]


@dataclass
class Plan:
    """By mid: ``own`` the kind a line publishes, ``receive`` the (source, kind) a receive line gets or None."""

    own: dict[str, str] = field(default_factory=dict)
    receive: dict[str, Assignment | None] = field(default_factory=dict)

    def roles(self) -> dict[str, str]:
        """The fixed use of every line, to be kept for later offers of the same connection."""
        return self.own | dict.fromkeys(self.receive, RECEIVE)


def plan(offer: Offer, roles: Mapping[str, str], before: Mapping[str, Assignment], sources: Collection[str]) -> Plan:
    """Decide the use of all lines. `roles` and `before` are those of the connection's last plan.

    Sources keep the line they have. Voices come first, then cameras, then screens. Raises BadOffer.
    """
    made = Plan()
    for line in offer.lines:
        if line.refused or line.kind not in OWN_KINDS:
            continue
        role = roles.get(line.mid) or _new_role(line, made, roles)
        if role == RECEIVE:
            if line.direction in ("sendonly", "sendrecv"):
                raise BadOffer("changed_line")
            made.receive[line.mid] = None
        elif role:
            if line.kind not in OWN_KINDS or role not in OWN_KINDS[line.kind]:
                raise BadOffer("changed_line")
            made.own[line.mid] = role
    _assign(offer, made, before, sources)
    return made


def _new_role(line: OfferLine, made: Plan, roles: Mapping[str, str]) -> str | None:
    if line.direction == "recvonly":
        return RECEIVE
    if line.direction == "inactive":
        return None
    taken = {*made.own.values(), *roles.values()}
    free = [kind for kind in OWN_KINDS[line.kind] if kind not in taken]
    if not free:
        raise BadOffer("too_many_tracks")
    return free[0]


def _assign(offer: Offer, made: Plan, before: Mapping[str, Assignment], sources: Collection[str]) -> None:
    kinds = {line.mid: line.kind for line in offer.lines}
    open_lines = [line.mid for line in offer.lines if line.mid in made.receive and line.direction == "recvonly"]
    for mid in open_lines:
        if mid in before and before[mid][0] in sources:
            made.receive[mid] = before[mid]
    given = set(made.receive.values())
    for kind in ("audio", "video", "screen"):
        for source in sorted(sources):
            if (source, kind) in given:
                continue
            wanted = "audio" if kind == "audio" else "video"
            free = [mid for mid in open_lines if made.receive[mid] is None and kinds[mid] == wanted]
            if free:
                made.receive[free[0]] = (source, kind)
