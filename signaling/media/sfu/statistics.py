"""Figures of a room as plain values, for the control connection."""

from __future__ import annotations

from typing import Any

from signaling.media.sfu.peer import Peer
from signaling.media.sfu.room import Room


def room_stats(room: Room, now: float) -> dict[str, dict[str, Any]]:
    """The fields of PeerStats per peer."""
    cameras = {name for name, peer in room.peers.items() if "video" in peer.connection.tracks}
    return {
        name: _peer_stats(peer, now) | {"layers": _layers(peer, cameras & room.sources(name))}
        for name, peer in room.peers.items()
    }


def _layers(peer: Peer, sources: set[str]) -> dict[str, str]:
    """Which layer the peer gets of each of these cameras."""
    outs = {out.source: out.layer for out in peer.connection.downlinks.values() if out.kind == "video"}
    return {source: outs.get(source, "off") for source in sorted(sources)}


def _peer_stats(peer: Peer, now: float) -> dict[str, Any]:
    connection = peer.connection
    outs = [out for out in connection.downlinks.values() if out.packets]
    trips = [out.rtt for out in outs if out.rtt is not None]
    return {
        "connected": connection.connected,
        "packets_in": connection.packets_in,
        "bytes_in": connection.bytes_in,
        "packets_out": connection.packets_out,
        "bytes_out": connection.bytes_out,
        "last_media": _age(connection.last_media, now),
        "rtt": min(trips) if trips else None,
        "loss": max(out.loss for out in outs) if outs else None,
        "rate": connection.network.rate,
        "tracks": {
            kind: {"packets": track.packets, "bytes": track.bytes, "age": _age(track.last_packet, now)}
            for kind, track in connection.tracks.items()
        },
    }


def _age(moment: float | None, now: float) -> float | None:
    return None if moment is None else round(now - moment, 3)
