"""The media worker process: ``python -m signaling.media.sfu.worker CONTROL_FD``.

Lives exactly as long as its control connection: when the application is gone, nobody may be heard by old lists.
The first message says which port to open; until then it waits, as a spare.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import time
from typing import Any

import uvloop

from signaling.media.engine import BadOffer, MediaEvent
from signaling.media.sfu import compiled, wire
from signaling.media.sfu.forwarder import Forwarder
from signaling.media.sfu.hooks import HookMissing, check_hooks

COMMANDS = frozenset({"answer", "listen", "mute", "record", "prefer", "close_peer", "close_room", "stats"})


async def serve(control: socket.socket) -> None:
    """Obey the control connection until it closes."""
    reader, writer = await asyncio.open_connection(sock=control)
    failed = _missing()  # a spare has looked before it is needed
    opening = await wire.read(reader)
    if opening is None:
        return
    try:
        if failed:
            raise HookMissing(failed)
        forwarder = Forwarder(opening["address"], opening["port"], lambda event: _tell(writer, event))
    except (OSError, ValueError, HookMissing) as error:
        writer.write(wire.pack({"failed": str(error)}))
        await writer.drain()
        return
    forwarder.start()
    writer.write(wire.pack({"port": forwarder.port, "compiled": compiled.in_use()}))
    while (message := await wire.read(reader)) is not None:
        writer.write(wire.pack(_obey(forwarder, message)))
    forwarder.close()


def _missing() -> str:
    try:
        check_hooks()
    except HookMissing as difference:
        return str(difference)
    return ""


def _tell(writer: asyncio.StreamWriter, event: MediaEvent) -> None:
    if not writer.is_closing():  # else the application is gone, and so are we in a moment
        writer.write(wire.pack_event(event))


def _obey(forwarder: Forwarder, message: wire.Message) -> wire.Message:
    """Carry out one command at once; the reply is written after it has taken effect."""
    number, command = message["id"], message["do"]
    if command == "ping":
        return {"id": number, "value": time.process_time()}
    if command not in COMMANDS:
        return {"id": number, "refused": "unknown_command"}
    try:
        value: Any = getattr(forwarder, command)(**message["with"])
    except BadOffer as bad:
        return {"id": number, "refused": bad.code}
    return {"id": number, "value": value}


def main() -> None:
    """Run the worker; Ctrl-C of the terminal is left to the application, which closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Packets make and drop many small objects, none of them in circles: collecting seldom saves time, and what was
    # imported need not be looked at; much seldomer, and the pauses would be long.
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)
    uvloop.run(serve(socket.socket(fileno=int(sys.argv[1]))))
    os._exit(0)


if __name__ == "__main__":
    main()
