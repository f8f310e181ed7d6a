"""One person's page: its present connection, and what each line of that connection is for."""

from __future__ import annotations

from collections.abc import Callable, Collection

from aiortc.rtcdtlstransport import RTCCertificate

from signaling.media.engine import MediaEvent
from signaling.media.sfu.connection import Connection
from signaling.media.sfu.downlink import Downlink
from signaling.media.sfu.negotiation import Assignment, Plan, plan
from signaling.media.sfu.port import Port
from signaling.media.sfu.rtp import TOLD_BY
from signaling.media.sfu.sdp_answer import Transport, write_answer
from signaling.media.sfu.sdp_offer import SENDING, Offer, OfferLine
from signaling.media.sfu.track import Track


class Place:
    """What all rooms of a worker share: the port, the certificate, where events go."""

    def __init__(
        self, port: Port, address: str, certificate: RTCCertificate, emit: Callable[[MediaEvent], None]
    ) -> None:
        self.port, self.address, self.certificate, self.emit = port, address, certificate, emit
        self.fingerprint = next(
            f"{f.algorithm} {f.value}" for f in certificate.getFingerprints() if f.algorithm == "sha-256"
        )


class Peer:
    """`on_state` is told of the connection as Connection tells it."""

    def __init__(self, name: str, place: Place, offer: Offer, on_state: Callable[[Connection, str], None]) -> None:
        self.name = name
        self.connection = Connection(place.port, place.certificate, offer.session, on_state)
        self.connection.start(offer.fingerprints)
        self.silent = False
        self.speaking = False
        self.loudness = 0.0
        self._place = place
        self._roles: dict[str, str] = {}

    def plan(self, offer: Offer, sources: Collection[str], sharing: Collection[str]) -> Plan:
        """What another offer of this connection is for. Raises BadOffer."""
        before = {mid: (out.source, out.kind) for mid, out in self.connection.downlinks.items()}
        return plan(offer, self._roles, before, sources, sharing)

    def take(self, offer: Offer, made: Plan) -> str:
        """Make the connection's tracks and downlinks those of the plan, and answer; a line with a new source is a new
        stream."""
        connection = self.connection
        self._roles |= made.roles()
        connection.use_ice(offer.ufrag)
        lines = {line.mid: line for line in offer.lines}
        sending = {kind: lines[mid] for mid, kind in made.own.items() if lines[mid].direction in SENDING}
        tracks = {kind: self._track(kind, line) for kind, line in sending.items()}
        ids: dict[str, int] = {}
        for line in sending.values():
            ids |= line.extensions
        connection.uplink.learn(tracks, ids)
        downlinks = {mid: self._downlink(given, lines[mid]) for mid, given in made.receive.items() if given}
        for mid, out in connection.downlinks.items():
            if downlinks.get(mid) is not out:
                out.detach()
        connection.use(downlinks)
        return write_answer(offer, self._transport(), made.own, downlinks)

    def _downlink(self, given: Assignment, line: OfferLine) -> Downlink:
        former = self.connection.downlinks.get(line.mid)
        if former and (former.source, former.kind) == given:
            return former
        return Downlink(self.connection, *given, line.mid, line.formats, line.extensions)

    def _track(self, kind: str, line: OfferLine) -> Track:
        connection = self.connection
        track = connection.tracks.get(kind)
        if track is None:
            told_id = line.extensions.get(TOLD_BY[kind], 0)
            track = Track(kind, line.mid, line.formats[0], told_id, connection.send_rtcp, line.rids)
            track.feedback_ssrc = connection.uplink.ssrc
        repairs = set(line.pairs.values())
        primaries = [ssrc for ssrc in line.ssrcs if ssrc not in repairs]
        if len(track.layers) == 1 and primaries:
            track.layers[0].use_ssrc(primaries[0])
            track.layers[0].rtx_ssrc = line.pairs.get(primaries[0])
        return track

    def _transport(self) -> Transport:
        connection, place = self.connection, self._place
        connection.version += 1
        return Transport(
            connection.number,
            connection.version,
            connection.ufrag,
            connection.password,
            place.fingerprint,
            place.address,
            place.port.number,
        )
