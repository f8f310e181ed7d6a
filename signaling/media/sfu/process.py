"""Starting one worker process and talking to it over a socket pair that it inherits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from signaling.media.engine import BadOffer, EngineDown, MediaEvent
from signaling.media.sfu import wire

ROOT = Path(__file__).resolve().parents[3]
START_WITHIN = 20.0
PROGRAM = "signaling.media.sfu.worker"


class WorkerProcess:
    """A running worker. When it dies every waiting call raises EngineDown, and `ended` is set."""

    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.port = 0
        self.compiled = False  # told by the worker (sfu/compiled)
        self.ended = asyncio.Event()
        self._process, self._reader, self._writer = process, reader, writer
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @classmethod
    async def spawn(cls, program: str = PROGRAM) -> WorkerProcess:
        """Start a process that waits for `open`; `program` is a module that obeys a control connection (wire.py)."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", program, str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=DEVNULL,
                start_new_session=True,  # Ctrl-C of the terminal is for the application, which ends its workers
                env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
            )
        return cls(process, *await asyncio.open_connection(sock=ours, limit=wire.MAX_MESSAGE))

    async def open(self, address: str, port: int) -> None:
        """Have the worker open its UDP port. Raises EngineDown with the reason; the worker is ended then."""
        self._writer.write(wire.pack({"address": address, "port": port}))
        try:
            async with asyncio.timeout(START_WITHIN):
                hello = await wire.read(self._reader)
        except TimeoutError:
            hello = None
        if hello is None or "port" not in hello:
            await self.kill()
            raise EngineDown((hello or {}).get("failed", "media worker did not start"))
        self.port, self.compiled = hello["port"], hello.get("compiled", False)

    async def listen_to(self, on_event: Callable[[MediaEvent], None]) -> None:
        """Deliver replies and events until the worker is gone; then fail what still waits."""
        try:
            while (message := await wire.read(self._reader)) is not None:
                if "event" in message:
                    on_event(wire.to_event(message))
                else:
                    self._settle(message)
        finally:
            self.ended.set()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(EngineDown("media worker ended"))
            self._waiting.clear()

    def _settle(self, message: wire.Message) -> None:
        waiting = self._waiting.pop(message["id"], None)
        if waiting is None or waiting.done():
            return
        if "refused" in message:
            waiting.set_exception(BadOffer(message["refused"]))
        else:
            waiting.set_result(message["value"])

    async def do(self, command: str, **arguments: Any) -> Any:
        """Give a command and wait for its reply."""
        if self.ended.is_set():
            raise EngineDown("media worker ended")
        number = next(self._numbers)
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        self._writer.write(wire.pack({"id": number, "do": command, "with": arguments}))
        try:
            return await reply
        finally:
            self._waiting.pop(number, None)

    async def stop(self, patience: float = 2.0) -> None:
        """Close the control connection, which ends the worker; kill it if it doesn't obey in `patience` seconds."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._process.wait()
        await _end(self._process)
        self.ended.set()

    async def kill(self) -> None:
        """End a worker that is dead or doesn't answer any more."""
        await self.stop(patience=0.2)


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
