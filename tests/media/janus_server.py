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
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.media.waiting import slack
from tools.debian import in_ci

READY_WITHIN = 20.0
ATTEMPTS = 3
OWNER = "tests of process "


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
    name, address = f"mwj{secrets.token_hex(4)}", _unused_address()
    _ip("link", "add", name, "type", "veth", "peer", "name", f"{name}p")
    try:
        _ip("link", "set", "dev", name, "alias", f"{OWNER}{_process_space()} {os.getpid()}")
        _ip("addr", "add", f"{address}/32", "dev", name)
        for end in (name, f"{name}p"):
            _ip("link", "set", end, "up")
        yield address
    finally:
        _ip("link", "del", name)


def _unused_address() -> str:
    """Janus compares by how an address begins: with a last part of three digits no other one begins like it."""
    rng = secrets.SystemRandom()
    taken = _ip("-brief", "addr")
    while (address := f"127.{rng.randrange(64, 128)}.{rng.randrange(256)}.{rng.randrange(100, 255)}") in taken:
        continue
    return address


@contextlib.asynccontextmanager
async def run_janus(folder: Path, address: str) -> AsyncIterator[JanusServer]:
    """A Janus of its own, ready to be commanded; its configuration and log lie in `folder`. All have the same secrets."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "janus.jcfg").write_text(_core(address, JanusServer.api_secret, JanusServer.admin_secret))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { string_ids = true }\n")
    async with contextlib.AsyncExitStack() as stack:
        for attempt in range(ATTEMPTS):
            port, admin_port = _free_ports(2)
            (folder / "janus.transport.websockets.jcfg").write_text(_websockets(port, admin_port))
            try:
                server = await stack.enter_async_context(_started(folder, port, admin_port))
                break
            except RuntimeError:  # somebody else may have been given one of the ports meanwhile
                if attempt == ATTEMPTS - 1:
                    raise
        yield server


@contextlib.asynccontextmanager
async def _started(folder: Path, port: int, admin_port: int) -> AsyncIterator[JanusServer]:
    log = folder / "janus.log"
    process = await asyncio.create_subprocess_exec(
        "janus", "-F", str(folder), "-o", "-L", str(log), "-N",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(READY_WITHIN * slack()):
            while not (
                await _answers(http, port, "janus-protocol", {"apisecret": JanusServer.api_secret})
                and await _answers(http, admin_port, "janus-admin-protocol", {"admin_secret": JanusServer.admin_secret})
            ):
                if process.returncode is not None:
                    raise RuntimeError(f"Janus ended: {log.read_text()[-2000:] if log.exists() else ''}")
                await asyncio.sleep(0.05)
        yield JanusServer(folder, port, admin_port, process)
    except TimeoutError:
        raise RuntimeError(f"Janus does not answer: {log.read_text()[-2000:] if log.exists() else ''}") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answers(http: aiohttp.ClientSession, port: int, protocol: str, secret: Mapping[str, str]) -> bool:
    """Whether a Janus with our secrets, and nobody else, is to be commanded there."""
    try:
        async with http.ws_connect(f"ws://127.0.0.1:{port}", protocols=(protocol,)) as socket:
            await socket.send_json({"janus": "ping", "transaction": "ready", **secret})
            reply: dict[str, object] = await socket.receive_json(timeout=1)
    except (aiohttp.ClientError, OSError, TypeError, ValueError, TimeoutError):
        return False
    return reply.get("janus") == "pong"


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


def _remove_those_left_behind() -> None:
    """Interfaces of test runs that were killed; another container's runs can't be seen from here and are left alone."""
    ours = re.findall(rf"^\d+: (mwj\w+)@.*\n.*\n +alias {OWNER}{_process_space()} (\d+)", _ip("link"), re.M)
    for name, number in ours:
        if not Path(f"/proc/{number}").exists():
            with contextlib.suppress(subprocess.CalledProcessError):  # another run was faster
                _ip("link", "del", name)


def _process_space() -> str:
    """The namespace in which process ids mean something."""
    return re.sub(r"\D", "", str(Path("/proc/self/ns/pid").readlink()))


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
