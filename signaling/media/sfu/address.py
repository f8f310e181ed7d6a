"""The address that browsers are told to send media to."""

from __future__ import annotations

import ipaddress
import socket

DOCUMENTATION = {4: "192.0.2.1", 6: "2001:db8::1"}


def announced(address: str) -> str:
    """An IP address for `address`, which may be a name, or an unspecified one (0.0.0.0, ::): then the address that
    this machine has towards the network. Raises ValueError for a name that isn't known."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _resolved(address)
    return _towards_network(parsed.version) if parsed.is_unspecified else address


def _resolved(name: str) -> str:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        raise ValueError(f"{name} is neither an IP address nor a known name") from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


def _towards_network(version: int) -> str:
    """Connecting a UDP socket sends nothing; it only chooses a way."""
    family, fallback = (socket.AF_INET, "127.0.0.1") if version == 4 else (socket.AF_INET6, "::1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((DOCUMENTATION[version], 9))
        except OSError:
            return fallback
        return str(probe.getsockname()[0])
