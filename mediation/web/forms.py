"""Read what a person filled in; when it is refused, show the page again with everything they wrote."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.http import HttpProcessingError
from pydantic import BaseModel, ValidationError

from mediation.errors import Conflict, Invalid, TooMany
from mediation.i18n import marked
from mediation.web.responses import wants_json

Form = TypeVar("Form", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SENTENCES = {
    "missing": marked("Please fill this in."),
    "string_too_short": marked("Please fill this in."),
    "string_too_long": marked("This is too long."),
    "enum": marked("Please choose one of the answers."),
    "literal_error": marked("Please choose one of the answers."),
    "date_from_datetime_parsing": marked("Please give a date."),
    "date_parsing": marked("Please give a date."),
    "time_parsing": marked("Please give a time."),
    "int_parsing": marked("Please give a number."),
}
# Broken UTF-8 and JSON are ValueErrors; a charset that nobody knows; broken parts; brackets in brackets in brackets.
_UNREADABLE = (ValueError, LookupError, RecursionError, HttpProcessingError)
_OTHERWISE = marked("This does not look right.")


async def read_form(request: web.Request, kind: type[Form]) -> Form:
    """The posted form (or JSON body of a script) as `kind`. Empty fields count as missing; `name[]` becomes a list.

    Raises Invalid("invalid_form") with a sentence per field.
    """
    entered = await entered_values(request)
    try:
        return kind.model_validate({name: value for name, value in entered.items() if value not in ("", [])})
    except ValidationError as bad:
        fields = {str(e["loc"][0]) if e["loc"] else "": _SENTENCES.get(e["type"], _OTHERWISE) for e in bad.errors()}
        raise Invalid("invalid_form", fields=fields) from None


async def entered_values(request: web.Request) -> dict[str, Any]:
    """What was sent, as plain values; kept in the request so that a refused page can show it again."""
    if "entered" not in request:
        request["entered"] = (
            await _json_body(request) if request.content_type == "application/json" else await _fields(request)
        )
    entered: dict[str, Any] = request["entered"]
    return entered


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json(loads=_loads)
    except _UNREADABLE:
        raise Invalid("invalid_json", "This could not be read.") from None
    if not isinstance(body, dict):
        raise Invalid("invalid_json", "This could not be read.")
    return body


def _loads(text: str) -> Any:
    """JSON without what no database keeps: NUL is left out, half a character is refused (UnicodeEncodeError)."""
    text.encode()
    body = json.loads(text)
    json.dumps(body, ensure_ascii=False).encode()
    return _without_nul(body)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return value


async def _fields(request: web.Request) -> dict[str, Any]:
    try:
        posted = await request.post()
    except _UNREADABLE:
        raise Invalid("invalid_form", "This could not be read.") from None
    entered: dict[str, Any] = {}
    for name in dict.fromkeys(posted):
        # NUL can't be stored by PostgreSQL and is never typed by a person; browsers send line breaks as CR LF.
        texts = [
            value.replace("\x00", "").replace("\r\n", "\n").strip()
            for value in posted.getall(name)
            if isinstance(value, str)
        ]
        entered[name.removesuffix("[]")] = texts if name.endswith("[]") else (texts[0] if texts else "")
    return entered


def shown_again_by(show: Handler) -> Callable[[Handler], Handler]:
    """Decorate a POST handler: when its verb refuses the input, `show` renders the page with what was entered and why."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except (Invalid, Conflict, TooMany) as error:
                if wants_json(request):
                    raise
                request["error"] = error
                return await show(request)

        return handle

    return decorate
