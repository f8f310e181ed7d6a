"""The live page of the workstation."""

from typing import Any

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field

from mediation.clock import now
from mediation.i18n import gettext as _
from mediation.i18n import ngettext
from mediation.permissions import Action, allowed, require
from mediation.scheduling.wording import told_together
from mediation.watching import wording
from mediation.watching.caring import take_care
from mediation.watching.figures import FIGURES, NoFigures
from mediation.watching.graphs import HEIGHT, WIDTH, graphs
from mediation.watching.kinds import AlertKind
from mediation.watching.queries import Running, running
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()


class CareForm(BaseModel):
    """Which alert."""

    kind: AlertKind
    participant_id: str = Field(max_length=16)
    since: AwareDatetime


@routes.get("/running")
async def show_running(request: web.Request) -> web.Response:
    """All running sessions; the page looks again by itself."""
    return page(request, "watching/running.html", await _seen(request))


@routes.get("/running/panel")
async def show_panel(request: web.Request) -> web.Response:
    """What the page shows, for looking again."""
    return page(request, "watching/panel.html", await _seen(request))


@routes.post("/running/{session_id}/care")
@shown_again_by(show_running)
async def post_care(request: web.Request) -> web.StreamResponse:
    """Somebody takes care of an alert."""
    actor, ident = staff(request), request.match_info["session_id"]
    require(actor, Action.WATCH_SESSIONS)
    form = await read_form(request, CareForm)
    await database(request).write(lambda db: take_care(db, actor, ident, form.kind, form.participant_id, form.since))
    raise see_other("/running")


async def _seen(request: web.Request) -> dict[str, Any]:
    actor, moment = staff(request), now()
    figures = request.config_dict.get(FIGURES, NoFigures)()
    async with database(request).read() as db:
        found = await running(db, actor, figures, moment)
    return {
        "running": [(each, wording.called_by_role(each.people)) for each in found],
        "summary": _summary(found),
        "graphs": lambda samples: graphs(samples, moment),
        "words": wording,
        "width": WIDTH,
        "height": HEIGHT,
        "may_see": allowed(actor.roles, Action.SEE_SESSION, own=True),
    }


def _summary(found: list[Running]) -> str:
    untaken = sum(not warned.by for each in found for warned in each.warnings)
    sessions = ngettext("{count} session is running", "{count} sessions are running", len(found))
    first = sessions.format(count=len(found)) if found else _("No session is running")
    if not untaken:
        return first
    second = ngettext("{count} needs somebody", "{count} need somebody", untaken).format(count=untaken)
    return told_together([first, second])
