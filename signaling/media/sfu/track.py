"""One published track: what arrives from its person, asked for again when lost, handed to its downlinks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiortc.rtp import RtcpReceiverInfo, RtpPacket

from signaling.media.sfu import rtcp
from signaling.media.sfu.codecs import CLOCK, Format, is_keyframe
from signaling.media.sfu.rtp import Packet, nearest

if TYPE_CHECKING:
    from signaling.media.recording.recorder import Recorder
    from signaling.media.sfu.downlink import Downlink

CACHED = 512
KEYFRAME_PAUSE = 0.3
NACK_PAUSE = 0.06
NACK_TRIES = 10
MAX_MISSING = 128


class Track:
    """Audio, camera or screen of one person. `ssrc` is learned from the offer or from the first packet."""

    def __init__(
        self, kind: str, mid: str, form: Format, extensions: tuple[int, int], send: Callable[[bytes], None]
    ) -> None:
        self.kind, self.mid = kind, mid
        self.format = form
        self.level_id, self.orientation_id = extensions
        self.outs: tuple[Downlink, ...] = ()
        self.recorder: Recorder | None = None
        self.ssrc: int | None = None
        self.rtx_ssrc: int | None = None
        self.packets = self.bytes = 0
        self.last_packet: float | None = None
        self.level = 127
        self.loss = 0.0
        self.feedback_ssrc = 1
        self._send = send
        self._cache: list[Packet | None] = [None] * (CACHED if kind != "audio" else 0)
        self._asked = 0.0
        self._key_pending = False
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
        self._cache = [None] * len(self._cache)
        self._restart()
        for out in self.outs:
            out.pause()

    def receive(self, packet: Packet, now: float, repaired: bool = False) -> None:
        """Take a packet of the stream (`repaired`: unwrapped from a retransmission) and pass it on."""
        if self._highest < 0:
            self._first = self._highest = packet.position = packet.sequence + 0x10000
        else:
            packet.position = nearest(self._highest, packet.sequence)
        if self._cache and not self._remember(packet, now, repaired):
            return
        self._highest = max(self._highest, packet.position)
        self.packets += 1
        self.bytes += len(packet.payload)
        self.last_packet = now
        if not repaired:
            self._received += 1
            self._measure(packet, now)
        if self.kind == "audio":
            level = packet.extensions.get(self.level_id)
            if level:
                self.level = level[0] & 0x7F
        else:
            packet.key = is_keyframe(self.format.name, packet.payload)
            if packet.key:
                self._key_pending = False
        for out in self.outs:
            out.send(packet)
        if self.recorder is not None:
            self._record(self.recorder, packet, now)

    def _record(self, recorder: Recorder, packet: Packet, now: float) -> None:
        plain = RtpPacket(
            sequence_number=packet.sequence, timestamp=packet.timestamp, ssrc=self.ssrc or 0, payload=packet.payload
        )
        turned = packet.extensions.get(self.orientation_id)
        recorder.take(self.kind, self.format.name, plain, now, 90 * (turned[0] & 3) if turned else None)

    def _remember(self, packet: Packet, now: float, repaired: bool) -> bool:
        """Cache a packet and note gaps; False for one that is known already or too old."""
        position = packet.position
        if position <= self._highest - CACHED:
            return False
        slot = self._cache[position % CACHED]
        if slot is not None and slot.position == position:
            return False
        self._cache[position % CACHED] = packet
        self._missing.pop(position, None)
        gap = position - self._highest - 1
        if 0 < gap <= MAX_MISSING and len(self._missing) < MAX_MISSING and not repaired:
            for lost in range(self._highest + 1, position):
                self._missing[lost] = (now, 1)
            self._send(rtcp.nack(self.feedback_ssrc, self.ssrc or 0, _wrapped(range(self._highest + 1, position))))
        elif gap > MAX_MISSING:
            self.want_key(now)
        return True

    def _measure(self, packet: Packet, now: float) -> None:
        """Interarrival jitter, RFC 3550 section 6.4.1."""
        transit = now * CLOCK[self.format.name] - packet.timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < 1e6:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def cached(self, position: int) -> Packet | None:
        """The packet with this extended number, if it is still here."""
        if not self._cache:
            return None
        packet = self._cache[position % CACHED]
        return packet if packet is not None and packet.position == position else None

    def want_key(self, now: float) -> None:
        """Ask the person's browser for a keyframe; repeated wishes become one request per KEYFRAME_PAUSE."""
        if self.kind == "audio":
            return
        self._key_pending = True
        if now - self._asked >= KEYFRAME_PAUSE and self.ssrc is not None:
            self._asked = now
            self._send(rtcp.picture_loss(self.feedback_ssrc, self.ssrc))

    def tick(self, now: float) -> None:
        """Repeat requests for what is still missing; called about every 50 ms."""
        if self._key_pending or any(out.waiting for out in self.outs):
            self.want_key(now)
        again = []
        for position, (asked, tries) in list(self._missing.items()):
            if tries >= NACK_TRIES or position <= self._highest - CACHED:
                del self._missing[position]
            elif now - asked >= NACK_PAUSE:
                self._missing[position] = (now, tries + 1)
                again.append(position)
        if again:
            self._send(rtcp.nack(self.feedback_ssrc, self.ssrc or 0, _wrapped(again)))

    def sender_report(self, ntp: int, timestamp: int, now: float) -> None:
        """Take the source's sender report and give it to everybody who receives the track."""
        self._report = (ntp >> 16 & 0xFFFFFFFF, now)
        for out in self.outs:
            out.report(ntp, timestamp, now)
        if self.recorder is not None:
            self.recorder.report(self.kind, ntp, timestamp)

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


def _wrapped(positions: range | list[int]) -> list[int]:
    return [position & 0xFFFF for position in positions]
