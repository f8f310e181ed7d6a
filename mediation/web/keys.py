"""What handlers find in the application."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor, StaffActor
from mediation.config import Settings
from mediation.db import Database
from mediation.measures import Measures

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)

StaffResolver = Callable[[AsyncSession, str, Settings], Awaitable[StaffActor | None]]
ParticipantResolver = Callable[[AsyncSession, str, str], Awaitable[ParticipantActor | None]]

RESOLVE_STAFF: web.AppKey[StaffResolver] = web.AppKey("resolve_staff")
RESOLVE_PARTICIPANT: web.AppKey[ParticipantResolver] = web.AppKey("resolve_participant")

NAVIGATION: web.AppKey[Callable[[StaffActor, Settings], list[dict[str, str]]]] = web.AppKey("navigation")

# Whether the media engine works; absent where there is none (tests of pages).
MEDIA_HEALTHY: web.AppKey[Callable[[], bool]] = web.AppKey("media_healthy")

MEASURES = web.AppKey("measures", Measures)

STAFF_COOKIE = "login"
WAY_COOKIE = "way_"  # + invitation id: one browser may hold the ways into several sessions


def settings(request: web.Request) -> Settings:
    """The settings of this process."""
    return request.config_dict[SETTINGS]


def database(request: web.Request) -> Database:
    """The database of this process."""
    return request.config_dict[DATABASE]
