"""Answers: a page, a redirect, JSON, a file, an error."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp_jinja2
from aiohttp import web

from mediation.errors import MediationError
from mediation.i18n import filled_in
from mediation.web.templating import reader_facts


def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """An HTML page. After a refused form it carries what was entered (`entered`) and why (`error`)."""
    error: MediationError | None = request.get("error")
    filled = {
        "entered": request.get("entered", {}),
        "error": told(error) if error else None,
        **(context or {}),
    }
    return aiohttp_jinja2.render_template(template, request, filled, status=error.status if error else status)


def wants_json(request: web.Request) -> bool:
    """Whether a script asks, not a person's browser."""
    return "application/json" in request.headers.get("Accept", "")


def see_other(location: str) -> web.HTTPSeeOther:
    """Where to look after a change; raise it."""
    return web.HTTPSeeOther(location)


def attachment(content: bytes, content_type: str, name: str, inline: bool = False) -> web.Response:
    """A file to keep or to look at, under a name that may be Chinese (RFC 6266, RFC 8187)."""
    kind = "inline" if inline else "attachment"
    return web.Response(
        body=content,
        content_type=content_type,
        headers={"Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name)}"},
    )


def told(error: MediationError) -> dict[str, Any]:
    """The error as its reader hears it: code, sentence, sentences of fields."""
    return {
        "code": error.code,
        "message": filled_in(error.sentence, error.values),
        "fields": {name: filled_in(sentence, error.values) for name, sentence in error.fields.items()},
    }


def error_response(
    request: web.Request,
    error: MediationError,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """The error as a page, or as JSON for a script that asks for it."""
    body = told(error)
    if wants_json(request):
        return web.json_response({"error": body}, status=status or error.status, headers=headers)
    # A refusal may come before the middleware that gives pages their context.
    context = {**reader_facts(request), "error": body, "entered": {}}
    response = aiohttp_jinja2.render_template("layout/error.html", request, context, status=status or error.status)
    response.headers.update(headers or {})
    return response
