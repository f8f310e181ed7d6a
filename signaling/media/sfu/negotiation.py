"""What each line of an offer is for: which are the peer's own tracks, and which source each receive line gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from signaling.media.engine import BadOffer
from signaling.media.sfu.sdp_offer import SENDING, Offer, OfferLine

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


def plan(
    offer: Offer,
    roles: Mapping[str, str],
    before: Mapping[str, Assignment],
    sources: Collection[str],
    sharing: Collection[str] = (),
) -> Plan:
    """Decide the use of all lines. `roles` and `before` are those of the connection's last plan.

    Sources keep the line they have. Voice and camera of every source are given a line even before the source
    comes, a screen only while it is shared. Raises BadOffer.
    """
    made = Plan()
    for line in offer.lines:
        if line.refused or line.kind not in OWN_KINDS:
            continue
        role = roles.get(line.mid) or _new_role(line, made, roles)
        if role == RECEIVE:
            if line.direction in SENDING:
                raise BadOffer("changed_line")
            made.receive[line.mid] = None
        elif role:
            if line.kind not in OWN_KINDS or role not in OWN_KINDS[line.kind]:
                raise BadOffer("changed_line")
            made.own[line.mid] = role
    wanted = [(source, kind) for kind in ("audio", "video") for source in sorted(sources)]
    wanted += [(source, "screen") for source in sorted(sources) if source in sharing]
    _assign(offer, made, before, wanted)
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


def _assign(offer: Offer, made: Plan, before: Mapping[str, Assignment], wanted: list[Assignment]) -> None:
    lines = [line for line in offer.lines if line.mid in made.receive and line.direction == "recvonly"]
    for line in lines:
        if before.get(line.mid) in wanted:
            made.receive[line.mid] = before[line.mid]
    given = set(made.receive.values())
    for source, kind in wanted:
        media = "audio" if kind == "audio" else "video"
        free = [line.mid for line in lines if made.receive[line.mid] is None and line.kind == media]
        if free and (source, kind) not in given:
            made.receive[free[0]] = (source, kind)
