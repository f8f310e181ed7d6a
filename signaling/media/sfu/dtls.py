"""DTLS and SRTP keys for one connection, by aiortc's transport on our own socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp import Policy

from signaling.media.sfu.srtp import SrtpPair

MAX_WAITING = 32
FASTEST_FIRST = (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SRTP_PROFILE_AEAD_AES_256_GCM)


class DatagramQueue:
    """What RTCDtlsTransport takes for an ICE transport: datagrams in a short queue, and a way to send."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._sender = send
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING)

    def put(self, data: bytes | None) -> None:
        """Hand a datagram to DTLS, None to end it; a flood beyond the queue is dropped."""
        if data is None and self._waiting.full():
            self._waiting.get_nowait()
        if not self._waiting.full():
            self._waiting.put_nowait(data)

    async def _recv(self) -> bytes:
        data = await self._waiting.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._sender(data)


class Dtls:
    """One DTLS association; `on_state` is told ``connected`` (with keys in `srtp`), ``closed`` or ``failed``."""

    def __init__(
        self, certificate: RTCCertificate, role: str, send: Callable[[bytes], None], on_state: Callable[[str], None]
    ) -> None:
        self._queue = DatagramQueue(send)
        self._transport = RTCDtlsTransport(self._queue, [certificate])  # type: ignore[arg-type]
        self._transport._set_role(role)
        self._transport._srtp_profiles = sorted(SRTP_PROFILES, key=lambda profile: _rank(profile.libsrtp_profile))
        self._transport.on("statechange", self._changed)
        self._on_state = on_state
        self._task: asyncio.Task[None] | None = None
        self.srtp: SrtpPair | None = None

    def start(self, fingerprints: list[tuple[str, str]]) -> None:
        """Begin the handshake; only a certificate with one of these fingerprints is accepted."""
        known = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints]
        self._task = asyncio.ensure_future(self._transport.start(RTCDtlsParameters(known, "auto")))

    def receive(self, data: bytes) -> None:
        """Take a DTLS datagram from the peer's address."""
        self._queue.put(data)

    def close(self) -> None:
        """Say goodbye (close_notify) if connected, and end all tasks."""
        if self._task and not self._task.done():
            self._task.cancel()
        closing = asyncio.ensure_future(self._transport.stop())
        closing.add_done_callback(lambda task: task.exception() if not task.cancelled() else None)
        self._queue.put(None)

    def _changed(self) -> None:
        state = self._transport.state
        if state == "connected":
            self.srtp = SrtpPair(self._transport._rx_srtp, self._transport._tx_srtp)
        if state in ("connected", "closed", "failed"):
            self._on_state(state)


def _rank(profile: int) -> int:
    return FASTEST_FIRST.index(profile) if profile in FASTEST_FIRST else len(FASTEST_FIRST)
