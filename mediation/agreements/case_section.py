"""The agreement on the case page."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.agreements import wording
from mediation.agreements.kinds import AgreementState
from mediation.agreements.queries import clauses_of, current_agreement, parties_of, present_session, signatures_on
from mediation.cases.models import CaseFile, CaseState
from mediation.cases.sections import NextStep, Section
from mediation.i18n import gettext as _
from mediation.permissions import Action, allowed
from mediation.sessions.kinds import SessionState


async def on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """Where the agreement stands, who signed, the document; and the step that it asks for next."""
    agreement = await current_agreement(db, case.id)
    may_write = allowed(actor.roles, Action.DRAFT_AGREEMENT, own=True) and case.state is CaseState.OPEN
    session = await present_session(db, case.id)
    if agreement is None and session is None:
        return None
    href = f"/cases/{case.id}/agreement"
    if agreement is None:
        step = None
        if may_write and session is not None and session.state in {SessionState.LIVE, SessionState.ENDED}:
            step = NextStep(40, _("Write the agreement"), _("What was said becomes clauses."), _("Write"), href)
        nothing = {"agreement": None, "may_write": may_write}
        return Section("agreements/on_case_page.html", nothing, order=30, anchor="agreement", next_step=step)
    clauses, parties = await clauses_of(db, agreement.id), await parties_of(db, agreement)
    signed = {key for key, each in (await signatures_on(db, agreement)).items() if each.confirmed_at is not None}
    context = {
        "agreement": agreement,
        "clauses": clauses,
        "parties": [(party, party.person_id in signed) for party in parties],
        "state": wording.STATE[agreement.state],
        "may_write": may_write,
    }
    return Section(
        "agreements/on_case_page.html", context, order=30, tab=(_("Agreement"), len(clauses)), anchor="agreement",
        next_step=_next_step(agreement.state, len(parties) - len(signed), href) if may_write else None,
    )  # fmt: skip


def _next_step(state: AgreementState, missing: int, href: str) -> NextStep | None:
    if state is AgreementState.DRAFTING:
        return NextStep(40, _("Finish the draft of the agreement"), "", _("Go on writing"), href)
    if state is AgreementState.OFFERED:
        waiting = _("{count} signatures are still missing.").format(count=missing)
        return NextStep(50, _("The agreement waits for signatures"), waiting, _("Look"), href)
    return None
