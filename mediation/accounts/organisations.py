"""The organisations that run the workstation together."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, OrganisationKind
from mediation.actor import Actor
from mediation.journal.record import record
from mediation.permissions import Action, require


async def add_organisation(
    db: AsyncSession, actor: Actor, kind: OrganisationKind, name: str, short_name: str
) -> Organisation:
    """A federation, court, committee or bureau that takes part. Raises NotAllowed."""
    require(actor, Action.MANAGE_STAFF)
    organisation = Organisation(kind=kind, name=name, short_name=short_name)
    db.add(organisation)
    await db.flush()
    record(db, actor, "organisation_added", subject=organisation.id)
    return organisation
