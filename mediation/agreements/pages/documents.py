"""The document of an agreement, for the parties by their own link and for staff; every download is journalled."""

import asyncio

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor, StaffActor
from mediation.agreements.access import require_papers
from mediation.agreements.filing import file_pdf
from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement
from mediation.agreements.papers import own_in_effect
from mediation.cases.access import case_for
from mediation.documents.store import fetch
from mediation.errors import NotFound
from mediation.journal.record import record
from mediation.permissions import Action
from mediation.web.guards import participant, staff
from mediation.web.keys import database, settings
from mediation.web.responses import attachment

routes = web.RouteTableDef()


@routes.get("/i/{invitation_id}/agreement.pdf")
@routes.get("/i/{invitation_id}/agreements/{agreement_id}.pdf")
async def get_own_document(request: web.Request) -> web.Response:
    """An agreement in effect, for one of its parties; without an id the last one."""
    actor = participant(request)
    async with database(request).read() as db:
        await require_papers(db, actor, settings(request))
        own = await own_in_effect(db, actor)
    wanted = request.match_info.get("agreement_id")
    found = [agreement for agreement in own if wanted in (None, agreement.id)]
    if not found:
        raise NotFound("agreement_not_found", "There is no agreement yet.")
    return await _document(request, actor, found[-1])


@routes.get("/agreements/{agreement_id}.pdf")
async def get_document(request: web.Request) -> web.Response:
    """The agreement in effect, for staff who may see the case."""
    actor = staff(request)
    async with database(request).read() as db:
        agreement = await db.get(Agreement, request.match_info["agreement_id"])
        if agreement is None or agreement.state is not AgreementState.EFFECTIVE:
            raise NotFound("agreement_not_found", "There is no agreement yet.")
        await case_for(db, actor, agreement.case_id, Action.SEE_CASE)
    return await _document(request, actor, agreement)


async def _document(request: web.Request, actor: StaffActor | ParticipantActor, agreement: Agreement) -> web.Response:
    digest = await file_pdf(database(request), settings(request), agreement.id)
    content = await asyncio.to_thread(fetch, settings(request).data_dir, digest)

    async def looked(db: AsyncSession) -> None:
        record(db, actor, "agreement_downloaded", case_id=agreement.case_id, subject=agreement.id, sha256=digest)

    await database(request).write(looked)
    return attachment(content, "application/pdf", f"调解协议 {agreement.number}.pdf")
