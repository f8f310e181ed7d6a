"""What happens to every request: language, origin check, actor, errors as sentences, security headers."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp_jinja2 import REQUEST_CONTEXT_KEY
from multidict import CIMultiDict

from mediation import i18n
from mediation.errors import Invalid, MediationError, NotAllowed, NotFound, NotSignedIn
from mediation.web.keys import (
    MEASURES,
    RESOLVE_PARTICIPANT,
    RESOLVE_STAFF,
    STAFF_COOKIE,
    WAY_COOKIE,
    database,
    settings,
)
from mediation.web.proxy import behind_proxy
from mediation.web.responses import error_response, wants_json
from mediation.web.templating import reader_context

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob: mediastream:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note how long it took, under the route's pattern. Sockets last as long as a session: they are no requests."""
    began, status = time.monotonic(), 500
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "none"
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as elsewhere:
        status = elsewhere.status
        raise
    finally:
        if route != "/socket.io/":
            method = request.method if resource else "any"
            labels = request.config_dict[MEASURES].requests.labels(method, route, f"{status // 100}xx")
            labels.observe(time.monotonic() - began)


@web.middleware
async def language(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Speak the reader's language: what they chose, Chinese otherwise."""
    with i18n.speaking(request.cookies.get("lang", "zh")):
        return await handler(request)


@web.middleware
async def security_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers that keep a page to itself (OWASP ASVS 5.0 V3.4)."""
    try:
        response = await handler(request)
    except web.HTTPException as elsewhere:  # a redirect
        _harden(request, elsewhere.headers)
        raise
    if not response.prepared:
        _harden(request, response.headers)
    return response


def _harden(request: web.Request, headers: CIMultiDict[str]) -> None:
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), geolocation=()")
    # Not "no-referrer": browsers then send "Origin: null" with our own forms. The fragment is never in a referrer.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", _caching(request))
    if settings(request).secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _caching(request: web.Request) -> str:
    """Pages are kept nowhere; a static file named with its hash is kept for ever, others are asked for again."""
    if not request.path.startswith("/static/"):
        return "no-store"
    return "public, max-age=31536000, immutable" if "v" in request.query else "no-cache"


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into a sentence in the reader's language and a stable code."""
    try:
        return await handler(request)
    except MediationError as error:
        return await _told(request, error)
    except web.HTTPRequestEntityTooLarge:
        return await _told(request, Invalid("too_large", "That is too large to send."), status=413)
    except web.HTTPNotFound:
        return await _told(request, NotFound())
    except web.HTTPMethodNotAllowed as refused:
        return await _told(
            request, NotAllowed("method_not_allowed"), status=405, headers={"Allow": refused.headers["Allow"]}
        )
    except web.HTTPException:
        raise
    except ConnectionResetError:
        raise
    except Exception:
        # The path may hold ids, never secrets (those travel in fragments and bodies).
        log.exception("unexpected error at %s %s", request.method, request.path)
        return await _told(request, MediationError())


async def _told(
    request: web.Request, error: MediationError, status: int | None = None, headers: Mapping[str, str] | None = None
) -> web.Response:
    # What is refused further out than the templates' own middleware has no context of the reader yet.
    if REQUEST_CONTEXT_KEY not in request:
        request[REQUEST_CONTEXT_KEY] = await reader_context(request)
    return error_response(request, error, status, headers)


@web.middleware
async def storable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No database keeps a NUL and nobody types one: an address that holds one leads nowhere."""
    if "\x00" in request.path or "\x00" in request.query_string:
        raise NotFound()
    return await handler(request)


@web.middleware
async def origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only our own pages may change anything with our cookies (OWASP ASVS 5.0 V3.5)."""
    if request.method not in _SAFE_METHODS and not same_origin(request):
        raise NotAllowed("foreign_origin", "This came from another site and was not accepted.")
    return await handler(request)


def same_origin(request: web.Request) -> bool:
    """Whether the request names our own address as its origin; one without cookies has nothing to abuse."""
    sent = request.headers.get("Origin")
    if sent is None:
        return request.headers.get("Sec-Fetch-Site") == "same-origin" or not request.cookies
    return urlsplit(sent).netloc in {request.host, urlsplit(settings(request).base_url).netloc}


@web.middleware
async def actor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks: a participant below /i/<invitation>/, staff elsewhere."""
    request["actor"] = None
    if not request.path.startswith("/static/"):
        invitation = request.match_info.get("invitation_id")
        token = request.cookies.get(f"{WAY_COOKIE}{invitation}" if invitation else STAFF_COOKIE)
        if token:
            async with database(request).read() as db:
                if invitation:
                    request["actor"] = await request.config_dict[RESOLVE_PARTICIPANT](db, invitation, token)
                else:
                    request["actor"] = await request.config_dict[RESOLVE_STAFF](db, token, settings(request))
    return await handler(request)


@web.middleware
async def sign_in_first(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send staff who look at a page without a login to the login, and back afterwards."""
    try:
        return await handler(request)
    except NotSignedIn:
        if request.method != "GET" or "invitation_id" in request.match_info or wants_json(request):
            raise
        raise web.HTTPSeeOther(str(request.url.with_path("/login").with_query(next=request.path).relative())) from None


MIDDLEWARES = [measured, behind_proxy, language, security_headers, errors, storable, origin, actor, sign_in_first]
