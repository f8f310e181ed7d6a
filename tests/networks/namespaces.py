"""A small internet of our own: hosts in network namespaces around one router. Needs root, iproute2 and nftables.

Every host hangs on the router by links of its own, each with one address; the router forwards, and firewalls, NAT and cuts
are rules of it. Names carry the process id and all is gone afterwards; what a killed run left behind the next one removes.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, TypeVar

import pytest

from tests.services.programs import program
from tools.debian import in_ci

P = ParamSpec("P")
R = TypeVar("R")
PREFIX = "mediation-"
NAMESPACES = Path("/run/netns")
GATEWAYS = {
    4: ("169.254.0.1", 32),
    6: ("fe80::1", 128),
}  # the router, seen from every link, and the bits of one address
CLONE_NEWNET = 0x40000000
RULES = """
add table ip ways
add set ip ways cut { type ipv4_addr; }
add chain ip ways forward { type filter hook forward priority 0; }
add rule ip ways forward ip saddr @cut drop
add rule ip ways forward ip daddr @cut drop
add chain ip ways leaving { type nat hook postrouting priority 100; }
add chain ip ways renamed_in { type filter hook prerouting priority raw; }
add chain ip ways renamed_out { type filter hook postrouting priority raw; }
"""
_numbers = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)


class Network:
    """`with Network() as network: network.host("server", "198.51.100.20")`."""

    def __init__(self) -> None:
        self.program, self._nft = program("ip"), program("nft")
        self._mark = f"{PREFIX}{os.getpid()}-{next(_numbers)}-"
        self._namespaces: list[str] = []
        self.links = itertools.count(1)
        self.router = f"{self._mark}router"

    def __enter__(self) -> Network:
        _sweep(self.program)
        try:
            self._namespace("router")
        except subprocess.CalledProcessError as refused:
            _no_right(refused.stderr.strip())
        try:
            for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
                inside(self.router, Path(f"/proc/sys/net/{switch}").write_text, "1")
            self.rules(RULES)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def host(self, name: str, *addresses: str) -> Host:
        """A host with a link for each address."""
        host = Host(self, self._namespace(name))
        for address in addresses:
            host.plug(address)
        return host

    def block(self, address: str, traffic: str) -> None:
        """Drop this traffic from an address, for instance ``meta l4proto udp``."""
        self.rules(f"add rule ip ways forward ip saddr {address} {traffic} drop")

    def cut(self, *addresses: str) -> None:
        """Nothing passes to or from these addresses; their hosts see nothing of it, the trouble is further on."""
        for address in addresses:
            self.rules(f"add element ip ways cut {{ {address} }}")

    def mend(self, *addresses: str) -> None:
        """A cut is over."""
        for address in addresses:
            self.rules(f"delete element ip ways cut {{ {address} }}")

    def symmetric_nat(self, inner: str, outer: str) -> None:
        """Hide an address behind another, with a random port for every destination (RFC 4787 section 4.1: address
        and port-dependent mapping), as many offices and mobile networks do."""
        self.ip("-n", self.router, "address", "add", f"{outer}/32", "dev", "lo")
        self.rules(f"add rule ip ways leaving ip saddr {inner} snat to {outer} fully-random")

    def readdress(self, inner: str, outer: str) -> None:
        """From now on everybody else sees this host at another address, and the host is told nothing: a router at home
        changed over to another provider. Nothing comes to the former address, and who sends on in a connection that
        began there gets no answer, as behind a provider's NAT that doesn't know it."""
        self.rules(
            f"""
            add rule ip ways renamed_in ip daddr {inner} drop
            add rule ip ways renamed_in ip saddr {inner} notrack
            add rule ip ways renamed_in ip daddr {outer} tcp flags rst drop
            add rule ip ways renamed_in ip daddr {outer} notrack ip daddr set {inner}
            add rule ip ways renamed_out ip saddr {inner} ip saddr set {outer}
            """
        )

    def rules(self, commands: str) -> None:
        """Give the router's nftables these commands, one per line."""
        self._run(self.program, "netns", "exec", self.router, self._nft, "-f", "-", given=commands)

    def ip(self, *words: str) -> None:
        """Call `ip`. Raises CalledProcessError."""
        self._run(self.program, *words)

    def _namespace(self, name: str) -> str:
        full = f"{self._mark}{name}"
        self.ip("netns", "add", full)
        self._namespaces.append(full)
        self.ip("-n", full, "link", "set", "lo", "up")
        return full

    def _run(self, *command: str, given: str = "") -> None:
        subprocess.run(command, input=given, check=True, capture_output=True, text=True)

    def _close(self) -> None:
        for name in reversed(self._namespaces):
            _remove(self.program, name)


class Host:
    """One machine of the network. `name` is its namespace."""

    def __init__(self, network: Network, name: str) -> None:
        self.name = name
        self._network = network
        self._links: dict[str, str] = {}

    def plug(self, address: str) -> None:
        """A new interface with this address comes up; the oldest one that is there leads everywhere."""
        number = str(next(self._network.links))
        near, far = f"eth{number}", f"to{number}"
        ip, router = self._network.ip, self._network.router
        gateway, bits = GATEWAYS[ip_address(address).version]
        unasked = ("nodad",) if bits == 128 else ()  # or IPv6 would wait a second for somebody else with it
        ip("link", "add", near, "netns", self.name, "type", "veth", "peer", "name", far, "netns", router)
        ip("-n", router, "address", "add", f"{gateway}/{bits}", "dev", far, *unasked)
        ip("-n", router, "link", "set", far, "up")
        ip("-n", router, "route", "add", f"{address}/{bits}", "dev", far)
        ip("-n", self.name, "address", "add", f"{address}/{bits}", "dev", near, *unasked)
        ip("-n", self.name, "link", "set", near, "up")
        everywhere = ("default", "via", gateway, "dev", near, "onlink", "metric", number)
        ip("-n", self.name, "route", "add", *everywhere)
        self._links[address] = near

    def unplug(self, address: str) -> None:
        """The interface with this address is gone, as when Wi-Fi is left."""
        self._network.ip("-n", self.name, "link", "delete", self._links.pop(address))

    def inside(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `work` on this host: sockets and processes that it makes belong to the host."""
        return inside(self.name, work, *args, **kwargs)

    def starter(self, folder: Path, command: str) -> Path:
        """A script in `folder` that starts a program on this host, for whoever takes only a path."""
        script = folder / f"{Path(command).name}-{self.name}"
        script.write_text(f'#!/bin/sh\nexec {self._network.program} netns exec {self.name} {command} "$@"\n')
        script.chmod(0o700)
        return script


def inside(name: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `work` in a thread that lives in the namespace."""

    def enter_and_work() -> R:
        with (NAMESPACES / name).open() as namespace:
            if _libc.setns(namespace.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"no way into {name}")
        return work(*args, **kwargs)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(enter_and_work).result()


def _sweep(ip: str) -> None:
    """Remove namespaces of test processes that no longer run."""
    for path in NAMESPACES.glob(f"{PREFIX}*-*-*") if NAMESPACES.is_dir() else ():
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            _remove(ip, path.name)


def _remove(ip: str, name: str) -> None:
    """End what still runs in a namespace of ours, then remove it with its interfaces."""
    pids = subprocess.run([ip, "netns", "pids", name], check=False, capture_output=True, text=True).stdout.split()
    for pid in map(int, pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended by itself
    subprocess.run([ip, "netns", "delete", name], check=False, capture_output=True)


def _no_right(said: str) -> None:
    reason = f"no network namespace can be made here, which takes root: {said}"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
