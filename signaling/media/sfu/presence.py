"""Who is silent, who is gone, who speaks: looked at a few times a second, from what arrived."""

from __future__ import annotations

from collections.abc import Iterator

from signaling.media.engine import MediaEvent, PeerBack, PeerGone, PeerSilent, SpeakerChanged
from signaling.media.sfu.peer import Peer
from signaling.media.sfu.room import Room

SILENT_AFTER = 3.0
SILENT_AFTER_WITHOUT_MEDIA = 6.0
CONSENT_EXPIRES = 30.0
LOUD_DB, QUIET_DB = 45, 55
SMOOTHING = 0.4


def silence(room: Room, now: float) -> Iterator[MediaEvent]:
    """Peers that fell silent or came back. Those whose consent expired are removed (RFC 7675 section 5.1).

    A browser that sends no media only checks every 2.5 s, so it is given longer; so is one that only offered.
    """
    for peer in list(room.peers.values()):
        connection = peer.connection
        quiet = now - connection.last_seen
        if now - connection.last_consent > CONSENT_EXPIRES:
            room.remove(peer.name, tell=False)
            yield PeerGone(room.name, peer.name)
        elif peer.silent and quiet < SILENT_AFTER:
            peer.silent = False
            yield PeerBack(room.name, peer.name)
        elif not peer.silent and quiet > _patience(peer):
            peer.silent = True
            yield PeerSilent(room.name, peer.name, round(quiet, 1))


def _patience(peer: Peer) -> float:
    media, seen = peer.connection.last_media, peer.connection.last_seen
    sends = media is not None and seen - media < 1.0
    return SILENT_AFTER if sends else SILENT_AFTER_WITHOUT_MEDIA


def speakers(room: Room, now: float) -> Iterator[MediaEvent]:
    """Peers that begin or end to speak, by the smoothed audio level (RFC 6464: 0 loudest, 127 silence)."""
    for peer in room.peers.values():
        track = peer.connection.tracks.get("audio")
        heard = track is not None and track.last_packet is not None and now - track.last_packet < 0.5
        level = track.level if track is not None and heard and not room.is_muted(peer.name, "audio") else 127
        peer.loudness += (127 - level - peer.loudness) * SMOOTHING
        limit = 127 - (QUIET_DB if peer.speaking else LOUD_DB)
        if (peer.loudness > limit) != peer.speaking:
            peer.speaking = not peer.speaking
            yield SpeakerChanged(room.name, peer.name, peer.speaking)
