"""`GET /healthz`: is everything there that people need? Database, media worker, age of the outbox."""

import asyncio

from aiohttp import web
from sqlalchemy import text

from mediation.notifications.outbox import outbox_age
from mediation.web.keys import MEDIA_HEALTHY, database

OUTBOX_LATE = 600  # seconds; mail that should have left longer ago than this is a fault

routes = web.RouteTableDef()


@routes.get("/healthz")
async def healthz(request: web.Request) -> web.Response:
    """200 while all parts work, 503 otherwise; says nothing but states and the outbox's age in seconds."""
    age = await _outbox_age(request)
    media_healthy = request.config_dict.get(MEDIA_HEALTHY)
    parts = {
        "database": "ok" if age is not None else "down",
        "media": "off" if media_healthy is None else "ok" if media_healthy() else "down",
        "outbox": "ok" if age is not None and age < OUTBOX_LATE else "late",
    }
    well = set(parts.values()) <= {"ok", "off"}
    body = {"status": "ok" if well else "failing", **parts, "outbox_age": None if age is None else round(age)}
    return web.json_response(body, status=200 if well else 503)


async def _outbox_age(request: web.Request) -> float | None:
    try:
        async with asyncio.timeout(3), database(request).read() as db:
            await db.execute(text("SELECT 1"))
            return await outbox_age(db)
    except Exception:  # whatever keeps the database from answering
        return None
