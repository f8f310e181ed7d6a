"""The agreement among the papers on the page of a personal link."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement
from mediation.agreements.queries import current_agreement, effective_agreements, parties_of
from mediation.i18n import gettext as _
from mediation.invitations.papers import Paper


async def agreement_papers(db: AsyncSession, actor: ParticipantActor) -> list[Paper]:
    """The draft to read or sign, and the document of each agreement in effect; only of those that the actor signs."""
    base, papers = f"/i/{actor.invitation_id}", []
    present = await current_agreement(db, actor.case_id)
    if present is not None and actor.person_id in {party.person_id for party in await parties_of(db, present)}:
        papers.append(_page(present, f"{base}/agreement"))
    own = await own_in_effect(db, actor)
    for agreement in own:
        which = agreement.number if len(own) > 1 else ""
        papers.append(Paper(_("Agreement as a PDF"), f"{base}/agreements/{agreement.id}.pdf", which))
    return papers


async def own_in_effect(db: AsyncSession, actor: ParticipantActor) -> list[Agreement]:
    """The agreements in effect that the actor is a party of, in their order."""
    return [
        agreement
        for agreement in await effective_agreements(db, actor.case_id)
        if actor.person_id in {party.person_id for party in await parties_of(db, agreement)}
    ]


def _page(present: Agreement, address: str) -> Paper:
    if present.state is AgreementState.EFFECTIVE:
        return Paper(_("Agreement"), address, _("in effect"))
    note = _("ready to read and sign") if present.state is AgreementState.OFFERED else _("being written")
    return Paper(_("Draft of the agreement"), address, note)
