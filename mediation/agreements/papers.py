"""The agreement among the papers on the page of a personal link."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.agreements.kinds import AgreementState
from mediation.agreements.queries import current_agreement, effective_agreement, parties_of
from mediation.i18n import gettext as _
from mediation.invitations.papers import Paper


async def agreement_papers(db: AsyncSession, actor: ParticipantActor) -> list[Paper]:
    """The draft to read or sign, and the document of the agreement in effect; for parties alone."""
    present, effective = await current_agreement(db, actor.case_id), await effective_agreement(db, actor.case_id)
    if present is None or actor.person_id not in {party.person_id for party in await parties_of(db, present)}:
        return []
    base = f"/i/{actor.invitation_id}"
    papers = []
    if present.state is not AgreementState.EFFECTIVE:
        offered = present.state is AgreementState.OFFERED
        note = _("ready to read and sign") if offered else _("being written")
        papers.append(Paper(_("Draft of the agreement"), f"{base}/agreement", note))
    if effective is not None:
        papers.append(Paper(_("Agreement"), f"{base}/agreement", _("in effect")))
        papers.append(Paper(_("Agreement as a PDF"), f"{base}/agreement.pdf"))
    return papers
