"""A server on aiortc's MediaRelay, commanded like a worker of ours: ``python -m bench.media.relay CONTROL_FD``."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from typing import Any

import aioice.ice

from bench.media.relay_room import RelayRoom
from signaling.media.sfu import wire


async def serve(control: socket.socket) -> None:
    """Obey the control connection until it closes."""
    reader, writer = await asyncio.open_connection(sock=control)
    opening = await wire.read(reader)
    if opening is None:
        return
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [opening["address"]]
    writer.write(wire.pack({"port": opening["port"]}))
    rooms: dict[str, RelayRoom] = {}
    tasks: set[asyncio.Task[None]] = set()

    async def obey(message: wire.Message) -> None:
        writer.write(wire.pack({"id": message["id"], "value": await done(rooms, message)}))

    while (message := await wire.read(reader)) is not None:
        task = asyncio.create_task(obey(message))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def done(rooms: dict[str, RelayRoom], message: wire.Message) -> Any:
    """Carry out one command; what this server has no idea of (muting, recording) is left out."""
    command, given = message["do"], message.get("with", {})
    if command == "ping":
        return time.process_time()
    room = rooms.setdefault(given["room"], RelayRoom())
    if command == "answer":
        return await room.answer(given["peer"], given["offer"])
    if command == "listen":
        room.listen(given["lists"])
    elif command == "close_peer":
        await room.remove(given["peer"])
    elif command == "close_room":
        await asyncio.gather(*(room.remove(name) for name in list(room.peers)))
    return {} if command == "stats" else None


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1]))))
    os._exit(0)
