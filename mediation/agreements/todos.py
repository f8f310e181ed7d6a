"""What waits for the mediator about agreements, on the day page."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.agreements.kinds import AgreementState, Answer
from mediation.agreements.models import Agreement, Clause, ClauseReading
from mediation.cases.access import visible_to
from mediation.cases.models import CaseFile
from mediation.i18n import gettext as _
from mediation.people.models import Person
from mediation.permissions import Action, allowed
from mediation.scheduling.todos import Todo


async def unsettled_clauses(db: AsyncSession, actor: StaffActor) -> list[Todo]:
    """Clauses that a party does not understand or does not want, in open drafts of the mediator's own cases."""
    if not allowed(actor.roles, Action.DRAFT_AGREEMENT, own=True):
        return []
    rows = await db.execute(
        select(CaseFile, Clause, ClauseReading.answer, Person.called)
        .join(Agreement, Agreement.case_id == CaseFile.id)
        .join(Clause, Clause.agreement_id == Agreement.id)
        .join(ClauseReading, ClauseReading.clause_id == Clause.id)
        .join(Person, Person.id == ClauseReading.person_id)
        .where(
            visible_to(actor),
            CaseFile.mediator_staff_id == actor.staff_id,
            Agreement.state.in_((AgreementState.DRAFTING, AgreementState.OFFERED)),
            ClauseReading.answer != Answer.AGREE,
            ClauseReading.version >= Clause.changed_in,
        )
        .order_by(ClauseReading.at)
    )
    told = {
        Answer.UNCLEAR: _("{name} did not understand clause {number}"),
        Answer.DISAGREE: _("{name} disagrees with clause {number}"),
    }
    return [
        Todo(
            35,
            told[answer].format(name=called, number=clause.position),
            clause.title,
            _("Look"),
            f"/cases/{case.id}/agreement",
        )
        for case, clause, answer, called in rows
    ]
