"""The dispatcher: every command is a row of a table; everything that goes wrong is answered with a code and a sentence."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import i18n
from mediation.errors import Invalid, MediationError
from mediation.web.responses import told
from signaling.identity import Person
from signaling.presence import Connection

log = logging.getLogger(__name__)
Verb = Callable[..., Awaitable[Any]]


class Args(BaseModel):
    """Arguments of a command; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=200_000)


class Nothing(Args):
    """A command without arguments."""


@dataclass(frozen=True)
class Command:
    """A verb of `live` that a socket may call: `verb(db, actor, session_id, **args)`."""

    args: type[Args]
    verb: Verb


@dataclass(frozen=True)
class DirectCommand:
    """A command about the connection itself, not a change of the database."""

    args: type[Args]
    handle: Callable[[Connection, Any], Awaitable[Any]]


Table = Mapping[str, Command | DirectCommand]


async def answer(
    table: Table,
    connection: Connection,
    name: object,
    args: object,
    run: Callable[[Connection, Callable[[AsyncSession], Awaitable[object]]], Awaitable[object]],
) -> dict[str, Any]:
    """Carry out one command; gives its acknowledgement, `{"ok": result}` or `{"error": {code, message, fields}}`."""
    with i18n.speaking(connection.credentials.locale):
        try:
            command, given = parse(table, name, args)
            if isinstance(command, DirectCommand):
                return {"ok": await command.handle(connection, given)}
            actor: Person = connection.actor
            verb, values = command.verb, {field: getattr(given, field) for field in type(given).model_fields}
            result = await run(connection, lambda db: verb(db, actor, connection.session_id, **values))
            return {"ok": result if isinstance(result, str) else None}
        except MediationError as error:
            return {"error": told(error)}
        except Exception:
            log.exception("command %s failed", name if name in table else "of unknown name")
            return {"error": told(MediationError())}


def result_of(reply: Mapping[str, Any]) -> str:
    """How a command ended, for metrics: ok, refused (as it should be) or failed (by a fault of ours)."""
    if "ok" in reply:
        return "ok"
    return "failed" if reply["error"]["code"] == MediationError.default_code else "refused"


def parse(table: Table, name: object, args: object) -> tuple[Command | DirectCommand, Args]:
    """The command and its arguments. Raises Invalid for an unknown one, and for arguments that are not its own."""
    command = table.get(name) if isinstance(name, str) else None
    if command is None:
        raise Invalid("unknown_command", "This page is out of date. Please reload it.")
    try:
        given = command.args.model_validate(args if args is not None else {})
    except ValidationError:
        raise Invalid("invalid_command") from None
    if not all(map(_storable, _texts(given.model_dump()))):
        raise Invalid("invalid_command")
    return command, given


def _texts(values: Mapping[str, object]) -> Iterable[str]:
    for value in values.values():
        yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))


def _storable(text: str) -> bool:
    """No database keeps a NUL; JSON can spell half a character, which no encoding keeps."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
