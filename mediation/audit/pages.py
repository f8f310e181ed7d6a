"""The journal for those who check."""

from aiohttp import web

from mediation.audit.queries import Filter, colleagues, journal_page
from mediation.audit.wording import ACTIONS
from mediation.i18n import gettext
from mediation.journal.verify import Verification, verify
from mediation.permissions import Action, require
from mediation.web.guards import staff
from mediation.web.keys import database
from mediation.web.responses import page

routes = web.RouteTableDef()


@routes.get("/journal")
async def show_journal(request: web.Request) -> web.StreamResponse:
    """Entries, newest first, narrowed by case number, action and actor."""
    return await _journal(request, None)


@routes.post("/journal/verify")
async def post_verify(request: web.Request) -> web.StreamResponse:
    """Walk the whole chain and say whether it holds. Changes nothing."""
    require(staff(request), Action.SEE_JOURNAL)
    async with database(request).read() as db:
        result = await verify(db)
    return await _journal(request, result)


async def _journal(request: web.Request, result: Verification | None) -> web.Response:
    actor, query = staff(request), request.query
    wanted = Filter(*(query.get(name, "").replace("\x00", "").strip()[:64] for name in ("case", "action", "actor")))
    number = query.get("page", "")
    shown = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    async with database(request).read() as db:
        lines, pages = await journal_page(db, actor, wanted, shown)
        people = await colleagues(db, actor)
    words = {code: gettext(word) for code, word in ACTIONS.items()}
    context = {"lines": lines, "page": shown, "pages": pages, "wanted": wanted, "people": people, "words": words}
    return page(request, "audit/journal.html", {**context, "result": result})
