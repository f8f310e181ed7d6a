"""What was sent and what failed, for administrators; the mailbox of the demo."""

from typing import Any

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.errors import NotFound
from mediation.i18n import gettext as _
from mediation.i18n import speaking
from mediation.notifications.delivery import Lookups, deliver_due
from mediation.notifications.filling import fill
from mediation.notifications.mailbox import letters
from mediation.notifications.models import Message, MessageState
from mediation.notifications.outbox import retry
from mediation.permissions import Action, require
from mediation.web.guards import staff
from mediation.web.keys import DATABASE, SETTINGS, database, settings
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()

LOOKUPS: web.AppKey[Lookups] = web.AppKey("lookups")
PER_PAGE = 30


async def deliver_messages(app: web.Application) -> None:
    """The job that empties the outbox."""
    await deliver_due(app[DATABASE], app[SETTINGS], app[LOOKUPS])


@routes.get("/messages")
async def show_messages(request: web.Request) -> web.StreamResponse:
    """Every message to people of the administrator's organisation with what became of it; links and codes are left out."""
    actor = staff(request)
    require(actor, Action.SEE_MESSAGES)
    own = Message.person_id.in_(request.config_dict[LOOKUPS].people_of(actor))
    number = int(asked) if (asked := request.query.get("page", "1")).isdecimal() and len(asked) < 6 else 1
    async with database(request).read() as db:
        total = await db.scalar(select(func.count(Message.id)).where(own)) or 0
        found = select(Message).where(own).order_by(Message.created_at.desc(), Message.id).limit(PER_PAGE)
        rows = (await db.scalars(found.offset(PER_PAGE * max(number - 1, 0)))).all()
        messages = [await _shown(request, db, message) for message in rows]
        lost = Message.state.in_([MessageState.FAILED, MessageState.WITHHELD])
        failed = await db.scalar(select(func.count(Message.id)).where(own, lost))
    pages = max(1, -(-total // PER_PAGE))
    return page(
        request,
        "notifications/messages.html",
        {"messages": messages, "failed": failed, "page": min(number, pages), "pages": pages},
    )


@routes.post("/messages/{message_id}/retry")
async def post_retry(request: web.Request) -> web.StreamResponse:
    """Try a failed message again."""
    actor = staff(request)
    require(actor, Action.SEE_MESSAGES)
    ident, people = request.match_info["message_id"], request.config_dict[LOOKUPS].people_of(actor)
    await database(request).write(lambda db: retry(db, actor, ident, people))
    raise see_other("/messages")


@routes.get("/mailbox")
async def show_mailbox(request: web.Request) -> web.StreamResponse:
    """The mail that was written to the folder, rendered, with links to click. Only where nobody else can reach us."""
    _mailbox_only(request)
    return page(request, "notifications/mailbox.html", {"letters": await letters(settings(request).data_dir)})


@routes.get("/mailbox.json")
async def mailbox_json(request: web.Request) -> web.StreamResponse:
    """The same for scripts, newest first."""
    _mailbox_only(request)
    found = await letters(settings(request).data_dir)
    return web.json_response(
        [
            {"to": each.to, "subject": each.subject, "text": each.text, "links": each.links, "at": each.at.isoformat()}
            for each in found
        ]
    )


def _mailbox_only(request: web.Request) -> None:
    if not settings(request).with_mailbox:
        raise NotFound()


async def _shown(request: web.Request, db: AsyncSession, message: Message) -> dict[str, Any]:
    """The message as it may be read here: names of no page, no link, no code."""
    configured = settings(request)
    words = {
        "link": _("[link, not shown]"),
        "code": _("[code, not shown]"),
        "organiser": configured.mail_from,
        "site": configured.site_name,
        "hotline": configured.hotline,
    }
    reach = await request.config_dict[LOOKUPS].reach_of(db, message.person_id)
    with speaking(message.locale):
        subject, text = (fill(each, words, configured.zone) for each in (message.subject, message.text))
    return {"row": message, "name": reach.name, "subject": subject, "text": text}
