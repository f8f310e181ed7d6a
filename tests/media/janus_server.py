"""Janus servers for tests, from Debian's package, each with a configuration made for it.

Janus takes no address of the loopback interface. So one of 127.0.0.0/8, which nobody outside this machine can reach,
is put on a pair of virtual interfaces; making them needs root (CAP_NET_ADMIN).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tools.debian import in_ci

READY_WITHIN = 20.0
ADDRESSES = count()


@dataclass
class JanusServer:
    """A running Janus: its process, and where it is commanded."""

    folder: Path
    port: int
    admin_port: int
    process: asyncio.subprocess.Process

    api_secret = secrets.token_hex(16)
    admin_secret = secrets.token_hex(16)

    @property
    def url(self) -> str:
        """As JANUS_SERVERS names it."""
        return f"ws://127.0.0.1:{self.port}?admin={self.admin_port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def again(self) -> AbstractAsyncContextManager[JanusServer]:
        """Start it anew after its end, in the same place."""
        return _started(self.folder, self.port, self.admin_port)


def missing() -> str | None:
    """What keeps Janus from running here, None if nothing does."""
    if shutil.which("janus") is None:
        return "Debian's package janus is missing: apt-get install janus"
    if shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
        return "the command ip is missing: apt-get install iproute2"
    if os.geteuid() != 0:
        return "Janus takes no loopback address, and making an interface for it needs root (CAP_NET_ADMIN)"
    return None


def require_janus() -> None:
    """Skip the test where Janus can't run, fail it in continuous integration."""
    reason = missing()
    if reason and in_ci():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@contextlib.contextmanager
def media_address() -> Iterator[str]:
    """An address of this machine that Janus takes for media, as long as the context lasts."""
    _remove_those_left_behind()
    number, times = os.getpid(), next(ADDRESSES)
    name, address = f"mwj{number:x}n{times}", f"127.{77 + times}.{number >> 8 & 0xFF}.{number & 0xFF or 1}"
    _ip("link", "add", name, "type", "veth", "peer", "name", f"{name}p")
    try:
        _ip("addr", "add", f"{address}/32", "dev", name)
        for end in (name, f"{name}p"):
            _ip("link", "set", end, "up")
        yield address
    finally:
        _ip("link", "del", name)


@contextlib.asynccontextmanager
async def run_janus(folder: Path, address: str) -> AsyncIterator[JanusServer]:
    """A Janus of its own, ready to be commanded; its configuration and log lie in `folder`. All have the same secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    port, admin_port = _free_ports(2)
    (folder / "janus.jcfg").write_text(_core(address, JanusServer.api_secret, JanusServer.admin_secret))
    (folder / "janus.transport.websockets.jcfg").write_text(_websockets(port, admin_port))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { string_ids = true }\n")
    async with _started(folder, port, admin_port) as server:
        yield server


@contextlib.asynccontextmanager
async def _started(folder: Path, port: int, admin_port: int) -> AsyncIterator[JanusServer]:
    log = folder / "janus.log"
    process = await asyncio.create_subprocess_exec(
        "janus", "-F", str(folder), "-o", "-L", str(log), "-N",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _listening(port, process, log)
        await _listening(admin_port, process, log)
        yield JanusServer(folder, port, admin_port, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _core(address: str, api_secret: str, admin_secret: str) -> str:
    plugins = _others("plugins", "libjanus_videoroom.so")
    transports = _others("transports", "libjanus_websockets.so")
    return f"""
general: {{ debug_level = 4, api_secret = "{api_secret}", admin_secret = "{admin_secret}" }}
media: {{ ipv6 = false }}
nat: {{ nice_debug = false, full_trickle = false, ice_keepalive_conncheck = true, ice_enforce_list = "{address}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""


def _websockets(port: int, admin_port: int) -> str:
    return f"""
general: {{ json = "compact", ws = true, ws_ip = "127.0.0.1", ws_port = {port} }}
admin: {{ admin_ws = true, admin_ws_ip = "127.0.0.1", admin_ws_port = {admin_port} }}
"""


def _others(kind: str, wanted: str) -> str:
    folders = Path("/usr/lib").glob(f"*/janus/{kind}")
    return ",".join(sorted(file.name for folder in folders for file in folder.glob("*.so") if file.name != wanted))


def _free_ports(number: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(socket.socket()) for _ in range(number)]
        for sock in socks:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in socks]


async def _listening(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(READY_WITHIN):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"Janus ended: {log.read_text()[-2000:]}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


def _remove_those_left_behind() -> None:
    """Interfaces of test runs that were killed."""
    for name, number in re.findall(r"^(mwj([0-9a-f]+)n\d+)@", _ip("-brief", "link"), re.M):
        if not Path(f"/proc/{int(number, 16)}").exists():
            with contextlib.suppress(subprocess.CalledProcessError):  # another run was faster
                _ip("link", "del", name)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
