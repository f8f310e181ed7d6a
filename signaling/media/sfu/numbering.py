"""The numbers of one outgoing stream, which go on as if one sender had sent all of it, whatever it is made of."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from signaling.media.sfu.codecs import CLOCK
from signaling.media.sfu.rtp import Packet

if TYPE_CHECKING:
    from signaling.media.sfu.layer import Layer

SECOND = 1 << 32  # of an NTP timestamp
LONGEST_JUMP = 2.0  # seconds that two layers of one camera may be apart and still be one film
LEAST_STEP = 1 / 1000


class Numbering:
    """What is added to sequence number, timestamp, picture id and TL0PICIDX of the packets from `first` on.

    `highest` is the position of the newest packet that went out, `newest` that packet.
    """

    def __init__(self) -> None:
        self.first = 0
        self.shift = 0
        self.highest = secrets.randbelow(0x4000)
        self.newest: Packet | None = None
        self.time_shift = secrets.randbits(31)
        self.picture_shift = self.tl0_shift = 0
        self.renumbers = False
        self._layer: Layer | None = None

    def go_on(self, packet: Packet, layer: Layer) -> None:
        """Continue with this packet of this layer, without a gap after the newest one that went out."""
        last, former = self.newest, self._layer
        self.first = packet.position
        self.highest += 1
        self.shift = self.highest - packet.position
        if last is not None and former is not None:
            self.time_shift = self._time_shift(last, former, packet, layer)
            self._number_pictures(last, packet)
        self._layer = layer

    def _time_shift(self, last: Packet, former: Layer, packet: Packet, layer: Layer) -> int:
        """By the clocks of both layers when one camera told them (RFC 3550 section 6.4.1), else by the time passed."""
        rate = CLOCK[layer.track.format.name]
        stamp = last.timestamp + self.time_shift
        if former.track is layer.track and former.clock and layer.clock:
            (ntp, theirs), (ntp_now, ours) = former.clock, layer.clock
            shift = self.time_shift + theirs - ours + (ntp_now - ntp) * rate // SECOND
            step = _signed(packet.timestamp + shift - stamp)
            if LEAST_STEP * rate <= step <= LONGEST_JUMP * rate + (packet.arrived - last.arrived) * rate:
                return shift
        step = max(int(LEAST_STEP * rate), int((packet.arrived - last.arrived) * rate))
        return stamp + step - packet.timestamp

    def _number_pictures(self, last: Packet, packet: Packet) -> None:
        if last.picture < 0 or packet.picture < 0:
            self.picture_shift = self.tl0_shift = 0
        else:
            self.picture_shift += last.picture + 1 - packet.picture
            self.tl0_shift += last.tl0 + 1 - packet.tl0
        self.renumbers = bool(self.picture_shift or self.tl0_shift)


def _signed(difference: int) -> int:
    """A difference of 32-bit timestamps, wrapped to the nearest."""
    return (difference + (1 << 31) & 0xFFFFFFFF) - (1 << 31)
