"""What one person sends: their publishing connection with Janus, in VideoRoom's words a feed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from signaling.media.engine import BadOffer
from signaling.media.janus import sdp
from signaling.media.janus.handle import Handle
from signaling.media.janus.wire import Message, Refused
from signaling.media.sfu.codecs import VP8
from signaling.media.sfu.negotiation import plan
from signaling.media.sfu.rtp import ORIENTATION
from signaling.media.sfu.sdp_offer import SENDING, Offer

TOLD_AFTER = 2.0  # seconds after the last packet; Janus looks once a second, for a whole second without any


@dataclass(frozen=True)
class Feed:
    """A track as Janus names it: the feed's id and the line's mid. `layered`: it is a camera in several sizes."""

    id: str
    mid: str
    layered: bool = field(default=False, compare=False)


class Publisher:
    """One publishing connection. Its feed id is new for each connection and known to nobody but Janus and us."""

    def __init__(self, name: str, session: str, handle: Handle) -> None:
        self.name, self.session, self.handle = name, session, handle
        self.id = secrets.token_hex(8)
        self.number = secrets.randbits(50)
        self.kinds: dict[str, str] = {}
        self.up = False
        self.layered = False
        self.turn_id = 0
        self.speaking = False
        self.silent = False
        self._roles: dict[str, str] = {}
        self._dropped: set[str] = set()
        self._version = 0
        self._flowing: set[str] = set()
        self._stopped: float | None = None

    async def answer(self, offer: Offer, text: str) -> str:
        """Hand an offer of the browser on to Janus. Raises BadOffer."""
        made = plan(offer, self._roles, {}, ())
        if not made.own:
            raise BadOffer("malformed")
        own = [line for line in offer.lines if line.mid in made.own]
        if any(line.kind == "video" and VP8 not in {form.name for form in line.formats} for line in own):
            raise BadOffer("no_codec")
        try:
            reply = await self.handle.ask("configure", offer=sdp.publishing(text, made.own))
        except Refused:
            raise BadOffer("malformed") from None
        if not reply.sdp:
            raise BadOffer("malformed")
        self._roles |= made.roles()
        sends = {line.mid for line in offer.lines if line.direction in SENDING}
        self.kinds = {kind: mid for mid, kind in made.own.items() if mid in sends}
        cameras = [line for line in offer.lines if made.own.get(line.mid) == "video"]
        self.layered = any(len(line.rids) > 1 for line in cameras)
        self.turn_id = next((line.extensions.get(ORIENTATION, 0) for line in cameras), 0)
        self._version += 1
        return sdp.publishing_answer(offer, reply.sdp, self.number, self._version)

    def feed(self, kind: str) -> Feed | None:
        """The track of this kind, if it can be received now."""
        if not self.up or kind not in self.kinds:
            return None
        return Feed(self.id, self.kinds[kind], kind == "video" and self.layered)

    async def mute(self, wanted: Collection[str], room: Message) -> bool:
        """Have Janus drop these kinds at its entrance and take the others; whether a line is dropped newly. Raises Refused."""
        dropped = {mid for mid, kind in self._roles.items() if kind in wanted}
        newly = dropped - self._dropped
        for mid in sorted(dropped ^ self._dropped):
            await self.handle.ask("moderate", {**room, "id": self.id, "mid": mid, "mute": mid in dropped})
        self._dropped = dropped
        return bool(newly)

    def flows(self, mid: str, flowing: bool) -> None:
        """Janus says that packets of this line come, or that none come any more."""
        if flowing:
            self._flowing.add(mid)
            self._stopped = None
        elif mid in self._flowing:
            self._flowing.discard(mid)
            if not self._flowing:
                self._stopped = time.monotonic() - TOLD_AFTER

    def quiet(self, now: float) -> float:
        """For how many seconds nothing has come, 0 while something does or nothing ever did."""
        return now - self._stopped if self._stopped is not None else 0.0
