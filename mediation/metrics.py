"""`GET /metrics`: figures for Prometheus, for this machine alone or for whoever holds the token of METRICS_TOKEN."""

import asyncio
import ipaddress
import math
import secrets

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import event, func, select
from sqlalchemy.engine import ExceptionContext

from mediation.config import Settings
from mediation.db import Database
from mediation.errors import NotAllowed
from mediation.measures import Measures
from mediation.notifications.outbox import outbox_age, outbox_size
from mediation.sessions.models import MediationSession, SessionState
from mediation.web.keys import MEASURES, database, settings

_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")

routes = web.RouteTableDef()


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """All figures in the text format. Raises NotAllowed."""
    if not may_read(request, settings(request)):
        raise NotAllowed()
    measures = request.config_dict[MEASURES]
    live, waiting, age = await _counted(database(request))
    measures.sessions_live.set(live)
    measures.outbox_messages.set(waiting)
    measures.outbox_age.set(age)
    return web.Response(body=generate_latest(measures.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _counted(database: Database) -> tuple[float, float, float]:
    """Live sessions, waiting messages, age of the oldest; not a number while the database does not answer."""
    live = select(func.count()).where(MediationSession.state == SessionState.LIVE)
    try:
        async with asyncio.timeout(3), database.read() as db:
            return await db.scalar(live) or 0, await outbox_size(db), await outbox_age(db)
    except Exception:  # the figures of the process are wanted just then
        return math.nan, math.nan, math.nan


def may_read(request: web.Request, configured: Settings) -> bool:
    """With a token only who sends it; without one only a program of this machine that came past no proxy.

    Behind a proxy on the same machine everybody seems to come from loopback; the proxy's headers tell.
    """
    if configured.metrics_token:
        sent = request.headers.get("Authorization", "")
        return secrets.compare_digest(sent.encode(), f"Bearer {configured.metrics_token}".encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def count_errors(database: Database, measures: Measures) -> None:
    """Count what the database refuses from now on."""

    @event.listens_for(database.engine.sync_engine, "handle_error")
    def _count(context: ExceptionContext) -> None:
        measures.database_errors.labels(type(context.sqlalchemy_exception or context.original_exception).__name__).inc()
