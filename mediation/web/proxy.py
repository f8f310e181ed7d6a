"""Behind a proxy: whose address a request really comes from."""

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

from mediation.web.keys import settings


@web.middleware
async def behind_proxy(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Let `request.remote` be the address that the trusted proxy saw; what anybody else says is ignored.

    Only the last entry of X-Forwarded-For is the proxy's own; earlier ones are whatever the browser sent.
    """
    trusted = settings(request).trusted_proxy
    if trusted and request.remote == trusted:
        said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if _is_address(said):
            request = request.clone(remote=said)
    return await handler(request)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
