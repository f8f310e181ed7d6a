"""Run the server: migrations, the demo where there may be one, then the application until Ctrl-C."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from mediation.demo.resting import rest, wake
from mediation.demo.showing import contents
from mediation.demo.telling import tell
from mediation.errors import CannotStart
from mediation.migrations import upgrade


def serve(settings: Settings) -> int:
    """Serve until interrupted; gives the exit code."""
    run: Callable[[Coroutine[Any, Any, int]], int] = asyncio.run
    with suppress(ImportError):  # not on Windows
        import uvloop

        run = uvloop.run
    try:
        return run(_serve(settings))
    except KeyboardInterrupt:
        return 0


async def _serve(settings: Settings) -> int:
    # Before anything else: an interrupt at any moment ends what has been started, and nothing is left hanging.
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logging.getLogger("aiohttp.server").addFilter(_without_what_was_sent)
    await prepare(settings)
    runner = web.AppRunner(create_app(settings), access_log=None, handle_signals=False, shutdown_timeout=3)
    try:
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        await _print_addresses(settings)
        await stop.wait()
        _say("Stopping …")
    except OSError as taken:
        _say(f"Can't listen on {settings.host}:{settings.port}: {taken.strerror}. Set PORT to another one.")
        return 1
    except CannotStart as reason:
        _say(str(reason))
        return 1
    finally:
        await runner.cleanup()
    return 0


def _without_what_was_sent(record: logging.LogRecord) -> bool:
    """Let aiohttp's complaint about a request through without whom it came from and, where the request could not be
    read, without the bytes that it quotes: they may be a cookie."""
    failed = record.exc_info[1] if record.exc_info else None
    if isinstance(failed, HttpProcessingError):
        record.msg, record.args, record.exc_info = f"A request could not be read: {type(failed).__name__}", (), None
    elif record.args:
        record.msg, record.args = "A request could not be answered", ()
    return True


async def prepare(settings: Settings) -> None:
    """Bring the database to the newest schema; tell the demo where there may be one, and only there."""
    database = Database(settings.database, settings.keys)
    try:
        await upgrade(database)
        if settings.with_demo:
            await wake(database, settings)
            await tell(database, settings)
        else:
            await rest(database, settings)
    finally:
        await database.close()


async def _print_addresses(settings: Settings) -> None:
    _say(f"\nThe workstation runs at {settings.base_url}   (Ctrl-C ends it)")
    if not settings.with_demo:
        return
    database = Database(settings.database, settings.keys)
    async with database.read() as db:
        held = await contents(db, settings)
    await database.close()
    _say("\nDemo logins")
    for role, login in held["staff"].items():
        _say(f"  {role:<11} {login['username']:<8} {login['password']}")
    if held["session"]:
        _say("\nToday's session: open each link in a browser of its own (a private window will do)")
        for participant in held["session"]["participants"]:
            _say(f"  {participant['called']:<6} {participant['role']:<11} {participant['link']}")
    if settings.with_mailbox:
        _say(f"\nMail that was sent: {settings.base_url}/mailbox")
    _say("")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
