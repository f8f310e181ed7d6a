"""Pages of agreements: the desk where they are written, the phone on which they are read and signed, the documents."""

from aiohttp import web

from mediation.agreements.filing import file_pdfs
from mediation.agreements.pages import desk, documents, party
from mediation.web.keys import DATABASE, SETTINGS

routes = [*desk.routes, *party.routes, *documents.routes]


async def file_agreements(app: web.Application) -> None:
    """Job: make the documents that a crash left over."""
    await file_pdfs(app[DATABASE], app[SETTINGS])
