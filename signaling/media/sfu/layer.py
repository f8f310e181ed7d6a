"""One stream that arrives: the whole of a track, or one size of a camera. Cached, asked for again, handed to downlinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiortc.rtp import RtcpReceiverInfo

from signaling.media.sfu import rtcp, vp8
from signaling.media.sfu.codecs import CLOCK, VP8, describe
from signaling.media.sfu.rtp import Packet, nearest

if TYPE_CHECKING:
    from signaling.media.sfu.downlink import Downlink
    from signaling.media.sfu.track import Track

CACHED = (128, 256, 512)  # packets, by rank: four to five seconds of each
KEYFRAME_PAUSE = 0.3
NACK_PAUSE = 0.06
NACK_TRIES = 10
MAX_MISSING: Final = 128
UNWANTED_FOR = 5.0  # seconds until the page is told that nobody takes the layer
WAKES_WITHIN = 2.0  # seconds from telling the page that somebody does
ASLEEP: Final = 1.0  # seconds without a packet; browsers stop sending the larger layers when their network is weak
NAMES = ("low", "middle", "high")
HIGHEST = len(NAMES) - 1
SUPPOSED_RATES = (120_000.0, 400_000.0, 1_100_000.0)
SMOOTHING = 0.3


class Layer:
    """`rank` 0 low, 1 middle, 2 high. `ssrc` is learned from the offer or from the first packet, `rid` is in the offer.

    `longer_side` is that of its pictures in pixels once a VP8 keyframe told it, `rate` what lately came, bit/s. A layer
    that `rests` is not sent because the person's page was told that nobody takes it.
    """

    def __init__(self, track: Track, rank: int, rid: str = "") -> None:
        self.track, self.rank, self.rid = track, rank, rid
        self.outs: tuple[Downlink, ...] = ()
        self.ssrc: int | None = None
        self.rtx_ssrc: int | None = None
        self.packets = self.bytes = 0
        self.last_packet = float("-inf")
        self.loss = 0.0
        self.rate = SUPPOSED_RATES[rank] if track.kind != "audio" else 0.0
        self.longer_side: int | None = None
        self.sleeps = True
        self.rests = False
        self._wanted_at: float | None = None
        self._woken_at = float("-inf")
        self.clock: tuple[int, int] | None = None
        self._capacity = CACHED[rank] if track.kind != "audio" else 0
        self._cache: list[Packet | None] = [None] * self._capacity
        self._name = track.format.name
        self._clock_rate = CLOCK[self._name]
        self._asked = 0.0
        self._key_pending = False
        self._measured = (0, 0.0)
        self._restart()

    def _restart(self) -> None:
        self._first = self._highest = -1
        self._received = self._expected_before = self._received_before = 0
        self._missing: dict[int, tuple[float, int]] = {}
        self._jitter = 0.0
        self._transit: float | None = None
        self._report: tuple[int, float] | None = None

    def use_ssrc(self, ssrc: int) -> None:
        """The person's browser sends this stream under `ssrc` from now on."""
        if ssrc == self.ssrc:
            return
        self.ssrc = ssrc
        self.clock = None
        self._cache = [None] * self._capacity
        self._restart()
        for out in self.outs:
            out.begin_anew(self)

    @property
    def cost(self) -> float:
        """What it takes to forward the stream, bit/s: as it comes, or as it is supposed to come when it sleeps."""
        return max(self.rate, SUPPOSED_RATES[self.rank] / 2) if self.sleeps else self.rate

    def awake(self, now: float) -> bool:
        """Whether packets come."""
        return now - self.last_packet <= ASLEEP

    def expected(self, now: float) -> bool:
        """Whether packets will come because somebody takes the layer from now on."""
        return self.rests or now - self._woken_at <= WAKES_WITHIN

    def is_wanted(self, wanted: bool, now: float) -> bool:
        """Note whether anybody takes the layer; True when the page has to be told."""
        if wanted or self._wanted_at is None:
            self._wanted_at = now
        rested, self.rests = self.rests, now - self._wanted_at > UNWANTED_FOR
        if rested and not self.rests:
            self._woken_at = now
        return rested != self.rests

    def receive(self, packet: Packet, now: float, repaired: bool = False) -> None:
        """Take a packet of the stream (`repaired`: unwrapped from a retransmission) and pass it on."""
        if self._highest < 0:
            self._first = self._highest = packet.position = packet.sequence + 0x10000
        else:
            packet.position = nearest(self._highest, packet.sequence)
        if self._cache and not self._remember(packet, now, repaired):
            return
        self._highest = max(self._highest, packet.position)
        packet.arrived = now
        self.packets += 1
        self.bytes += len(packet.payload)
        if not repaired:
            self._received += 1
            self._measure(packet, now)
        slept, self.last_packet = now - self.last_packet > ASLEEP, now
        if told := packet.extension(self.track.told_id):
            packet.told = told[0]
        if self._cache:
            describe(self._name, packet)
            if packet.key:
                self._key_came(packet)
            if slept:
                self.track.choose(now)
        else:
            self.track.hear(packet)
        for out in self.outs:
            out.send(packet, self)
        if self.track.recorder is not None:
            self.track.record(packet, self)

    def _key_came(self, packet: Packet) -> None:
        self._key_pending = False
        if self._name == VP8:
            self.longer_side = vp8.longer_side(packet.payload) or self.longer_side

    def _remember(self, packet: Packet, now: float, repaired: bool) -> bool:
        """Cache a packet and note gaps; False for one that is known already or too old."""
        position = packet.position
        if position <= self._highest - self._capacity:
            return False
        slot = self._cache[position % self._capacity]
        if slot is not None and slot.position == position:
            return False
        self._cache[position % self._capacity] = packet
        if self._missing:
            self._missing.pop(position, None)
        gap = position - self._highest - 1
        if 0 < gap <= MAX_MISSING and len(self._missing) < MAX_MISSING and not repaired:
            lost = range(self._highest + 1, position)
            self._missing |= dict.fromkeys(lost, (now, 1))
            self._ask_again(lost)
        elif gap > MAX_MISSING:
            self.want_key(now)
        return True

    def _ask_again(self, positions: range | list[int]) -> None:
        lost = [position & 0xFFFF for position in positions]
        self.track.answer(rtcp.nack(self.track.feedback_ssrc, self.ssrc or 0, lost))

    def _measure(self, packet: Packet, now: float) -> None:
        """Interarrival jitter, RFC 3550 section 6.4.1."""
        transit = now * self._clock_rate - packet.timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < 1e6:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def cached(self, position: int) -> Packet | None:
        """The packet with this extended number, if it is still here."""
        if not self._cache:
            return None
        packet = self._cache[position % self._capacity]
        return packet if packet is not None and packet.position == position else None

    def want_key(self, now: float) -> None:
        """Ask the person's browser for a keyframe; repeated wishes become one request per KEYFRAME_PAUSE."""
        if not self._cache:
            return
        self._key_pending = True
        if now - self._asked >= KEYFRAME_PAUSE and self.ssrc is not None:
            self._asked = now
            self.track.answer(rtcp.picture_loss(self.track.feedback_ssrc, self.ssrc))

    def tick(self, now: float) -> None:
        """Repeat requests for what is still missing; called about every 50 ms."""
        if self._key_pending or any(out.waits_for(self) for out in self.outs):
            self.want_key(now)
        if not self._missing:
            return
        again = []
        for position, (asked, tries) in list(self._missing.items()):
            if tries >= NACK_TRIES or position <= self._highest - self._capacity:
                del self._missing[position]
            elif now - asked >= NACK_PAUSE:
                self._missing[position] = (now, tries + 1)
                again.append(position)
        if again:
            self._ask_again(again)

    def look(self, now: float) -> None:
        """Measure the rate of what came since the last call; one of a stream that sleeps stays as it was."""
        octets, before = self._measured
        self.sleeps = not self.awake(now)
        if before and not self.sleeps and now > before:
            self.rate += ((self.bytes - octets) * 8 / (now - before) - self.rate) * SMOOTHING
        self._measured = self.bytes, now

    def sender_report(self, ntp: int, timestamp: int, now: float) -> None:
        """Take the source's sender report and give it to everybody who receives the stream."""
        self._report = (ntp >> 16 & 0xFFFFFFFF, now)
        self.clock = ntp, timestamp
        for out in self.outs:
            if not out.waits_for(self):
                out.report(ntp, timestamp, now)
        self.track.report(ntp, timestamp, self)

    def reception(self, now: float) -> RtcpReceiverInfo | None:
        """The report block for this stream since the last call, None if nothing came yet."""
        if self._highest < 0 or self.ssrc is None:
            return None
        expected = self._highest - self._first + 1
        lately, came = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        fraction = min(255, max(0, (lately - came) * 256 // lately)) if lately else 0
        self.loss = fraction / 256
        lsr, dlsr = (self._report[0], int((now - self._report[1]) * 65536)) if self._report else (0, 0)
        return RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            packets_lost=max(0, min(0x7FFFFF, expected - self._received)),
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            lsr=lsr,
            dlsr=dlsr & 0xFFFFFFFF,
        )
