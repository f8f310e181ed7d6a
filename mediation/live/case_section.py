"""What judges advised, on the case page; and the judge's questions on the day page."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import StaffActor
from mediation.cases.models import CaseFile
from mediation.cases.sections import Section
from mediation.i18n import gettext as _
from mediation.live.consulting import open_questions
from mediation.live.models import Consultation
from mediation.people.models import Person
from mediation.permissions import Action, allowed
from mediation.scheduling.todos import Todo


async def on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """The advice notes of the case with question and judge; nothing for who may not see sessions."""
    if not allowed(actor.roles, Action.SEE_SESSION, own=True):
        return None
    rows = await db.execute(
        select(Consultation, Person.called)
        .join(Staff, Staff.id == Consultation.judge_staff_id)
        .join(Person, Person.id == Staff.person_id)
        .where(Consultation.case_id == case.id, Consultation.advised_at.is_not(None))
        .order_by(Consultation.asked_at)
    )
    notes = list(rows)
    if not notes:
        return None
    tab = (_("Advice of judges"), len(notes))
    return Section("live/on_case_page.html", {"notes": notes}, order=35, tab=tab, anchor="advice")


async def questions_to_answer(db: AsyncSession, actor: StaffActor) -> list[Todo]:
    """What a judge is asked now."""
    if not allowed(actor.roles, Action.ADVISE, own=True):
        return []
    return [
        Todo(90, _("A question for a judge"), asked.question, _("See the question"), f"/consultations#q-{asked.id}")
        for asked, _case, _session in await open_questions(db, actor)
        if asked.advised_at is None
    ]
