"""What closing says on the case page: when the agreement is in effect, the case can be closed."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.agreements.queries import effective_agreements, present_session
from mediation.cases.models import CaseFile, CaseState
from mediation.cases.sections import NextStep, Section
from mediation.i18n import gettext as _
from mediation.permissions import Action, allowed


async def on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """The next step of a mediator whose parties have all signed; nothing otherwise."""
    if case.state is CaseState.CLOSED or not allowed(actor.roles, Action.CLOSE_CASE, own=True):
        return None
    session = await present_session(db, case.id)
    if session is None or not await effective_agreements(db, case.id):
        return None
    text = _("The agreement is in effect: all parties have signed.")
    return Section(
        next_step=NextStep(60, _("Next: close the case"), text, _("Close the case"), f"/sessions/{session.id}/close")
    )
