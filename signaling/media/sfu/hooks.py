"""The private parts of aiortc and pylibsrtp that the forwarder relies on, checked before it starts."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from pylibsrtp import Policy, Session

PINNED = {"aiortc": "1.16.0", "pylibsrtp": "1.0.0"}


class HookMissing(Exception):
    """An installed library isn't the one that this code was written against."""


def check_hooks() -> None:
    """Raise HookMissing, naming the first difference; nothing is started then."""
    for package, pinned in PINNED.items():
        if version(package) != pinned:
            raise HookMissing(f"{package} {version(package)} installed, {pinned} needed")
    transport = RTCDtlsTransport(_NoTransport(), [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]
    for name in ("_rx_srtp", "_tx_srtp", "_srtp_profiles", "_state", "_set_role", "_recv_next", "_task"):
        if not hasattr(transport, name):
            raise HookMissing(f"RTCDtlsTransport.{name}")
    source = inspect.getsource(RTCDtlsTransport)
    for call in ("self.transport._recv()", "self.transport._send(data)", 'self.emit("statechange")'):
        if call not in source:
            raise HookMissing(f"RTCDtlsTransport no longer does {call}")
    for name in ("SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80", "SRTP_PROFILES"):
        if not hasattr(rtcdtlstransport, name):
            raise HookMissing(f"rtcdtlstransport.{name}")
    if not hasattr(Session(), "_srtp") or not hasattr(Policy(), "allow_repeat_tx"):
        raise HookMissing("pylibsrtp.Session")


class _NoTransport:
    role = "controlled"
    state = "new"
