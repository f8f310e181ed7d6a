"""What waits for somebody: of scheduling itself, and what the app hands in from the slices above."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import visible_to
from mediation.cases.models import CaseFile, CaseState
from mediation.cases.queries import titles_of
from mediation.i18n import gettext as _
from mediation.permissions import Action, allowed
from mediation.scheduling.queries import Planned
from mediation.sessions.kinds import Reply, SessionState
from mediation.sessions.models import MediationSession

SHOWN = 8


@dataclass(frozen=True)
class Todo:
    """One thing that waits: what, some words about it, and the button that leads there. The highest rank comes first."""

    rank: int
    title: str
    text: str
    label: str
    href: str


TodosOf = Callable[[AsyncSession, StaffActor], Awaitable[list[Todo]]]
DAY_TODOS: web.AppKey[list[TodosOf]] = web.AppKey("day_todos")


def about_replies(planned: Sequence[Planned]) -> list[Todo]:
    """Of the sessions to come: who can't come, or asks for another time."""
    found: list[Todo] = []
    for each in planned:
        if each.session.state is not SessionState.BOOKED:
            continue
        for guest in each.guests:
            words = {
                Reply.DECLINED: _("{name} can't come"),
                Reply.OTHER_TIME: _("{name} asks for another time"),
            }.get(guest.participant.reply)
            if words and guest.participant.removed_at is None:
                said = guest.participant.reply_note or each.title
                href = f"/sessions/{each.session.id}"
                found.append(Todo(40, words.format(name=guest.person.called), said, _("Look"), href))
    return found


def about_missed(planned: Sequence[Planned], moment: datetime) -> list[Todo]:
    """Sessions whose time is over and that never began."""
    return [
        Todo(30, _("{title}: did not take place").format(title=each.title), _("Move it or cancel it."), _("Look"),
             f"/sessions/{each.session.id}")
        for each in planned
        if each.session.state is SessionState.BOOKED and each.session.ends_at <= moment
    ]  # fmt: skip


async def about_unbooked(db: AsyncSession, actor: StaffActor) -> list[Todo]:
    """The mediator's open cases for which nothing was ever booked, or nothing lies ahead."""
    if not allowed(actor.roles, Action.BOOK, own=True):
        return []
    running = select(MediationSession.case_id).where(
        MediationSession.state.in_([SessionState.BOOKED, SessionState.LIVE])
    )
    found = select(CaseFile).where(
        visible_to(actor),
        CaseFile.state == CaseState.OPEN,
        CaseFile.mediator_staff_id == actor.staff_id,
        CaseFile.id.not_in(running),
    )
    cases = (await db.scalars(found.order_by(CaseFile.opened_at).limit(SHOWN))).all()
    titles = await titles_of(db, [case.id for case in cases])
    return [
        Todo(
            20,
            titles.get(case.id, case.number),
            _("No session is booked."),
            _("Book"),
            f"/cases/{case.id}/sessions/new",
        )
        for case in cases
    ]
