"""Login, logout, password, language; the administrator's list of staff."""

from aiohttp import web

routes = web.RouteTableDef()
