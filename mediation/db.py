"""The database: how a unit of work begins, commits and tells the world; how moments and enums are stored."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Enum, MetaData, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from mediation.errors import Unavailable
from mediation.tokens import load_key

T = TypeVar("T")
Touch = tuple[str, str]
Listener = Callable[[Collection[Touch]], None]

_RETRIED = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock timeout


class Base(DeclarativeBase):
    """All tables. Constraint names are fixed so that migrations can find them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, without a zone where the database keeps none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(kind: type[StrEnum]) -> Enum:
    """Column type of a StrEnum, stored by value as text on every database."""
    return Enum(kind, native_enum=False, length=32, values_callable=lambda members: [m.value for m in members])


def touched(db: AsyncSession, topic: str, ident: str) -> None:
    """Say that what others see of `ident` has changed; told to the listeners after commit, never before."""
    db.info.setdefault("touched", set()).add((topic, ident))


def at_commit(db: AsyncSession, key: str, step: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Run `step` once per `key` as the last thing before the commit, in the same transaction.

    The journal's chain is extended here, so that its lock is never held while other locks are taken.
    """
    db.info.setdefault("at_commit", {}).setdefault(key, step)


def key_of(db: AsyncSession, name: str) -> bytes:
    """The key `name`, kept outside the database, of the installation that this unit of work belongs to."""
    return load_key(key_folder(db), name)


def key_folder(db: AsyncSession) -> Path:
    """Where the keys of the installation lie that this unit of work belongs to."""
    folder: Path | None = db.info.get("keys")
    if folder is None:
        raise RuntimeError("this Database was opened without its folder of keys")
    return folder


class Database:
    """One engine; `read` for looking, `write` for a unit of work."""

    def __init__(self, url: str, keys: Path | None = None) -> None:
        """`keys` is the folder of the keys that lie outside the database; verbs find them with `key_of`."""
        self.url = url
        self.keys = keys
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _create_engine(url)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._listeners: list[Listener] = []
        # SQLite has one writer at a time. Those of this process wait in line: its own waiting is a lottery of retries,
        # in which somebody may lose until busy_timeout is over.
        self._turn: AbstractAsyncContextManager[None] = asyncio.Lock() if self.is_sqlite else nullcontext()

    def on_touched(self, listener: Listener) -> None:
        """Call `listener` with the touched topics after each commit."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only; what it changes is rolled back."""
        async with self._sessions(info={"keys": self.keys}) as db:
            yield db
            db.expunge_all()  # a rollback would empty what the caller still reads
            await db.rollback()

    async def write(self, unit: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `unit` in one transaction, commit, then tell what it touched.

        The unit may run again: a deadlock, a serialization failure or a lock that did not come is tried at most three times.
        Raises Unavailable when others held what it needs for too long.
        """
        for attempt in range(3):
            try:
                async with self._turn:
                    return await self._write_once(unit)
            except DBAPIError as error:
                if attempt == 2 or getattr(error.orig, "sqlstate", None) not in _RETRIED:
                    if _waited_in_vain(error):
                        raise Unavailable() from error
                    raise
                await asyncio.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311, jitter is no secret
        raise AssertionError("unreachable")

    async def _write_once(self, unit: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self._sessions(info={"write": True, "keys": self.keys}) as db:
            # SQLite: take the write lock at once, since a later upgrade ignores busy_timeout.
            if self.is_sqlite:
                await db.execute(text("BEGIN IMMEDIATE"))
            else:
                await db.execute(text("SET LOCAL lock_timeout = '2s'"))
            result = await unit(db)
            for step in db.info.pop("at_commit", {}).values():
                await step(db)
            await db.commit()
            touches: set[Touch] = db.info.pop("touched", set())
        for listener in self._listeners if touches else ():
            listener(touches)
        return result

    async def create_tables(self) -> None:
        """All tables as the models say (tests; an installation runs the migrations)."""
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


def _waited_in_vain(error: DBAPIError) -> bool:
    """Whether lock_timeout (PostgreSQL 55P03) or busy_timeout (SQLITE_BUSY) was over."""
    busy = getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorname", None)
    return "55P03" in busy or "SQLITE_BUSY" in busy


def _create_engine(url: str) -> AsyncEngine:
    # Parameters are names, phones, texts of disputes: they stay out of error messages and logs.
    if not url.startswith("sqlite"):
        # No overflow: connections above the size would be opened and thrown away again and again in a rush.
        return create_async_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=20, max_overflow=0, pool_timeout=60
        )
    engine = create_async_engine(
        url, hide_parameters=True, connect_args={"isolation_level": None, "timeout": 10}, pool_timeout=60
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
