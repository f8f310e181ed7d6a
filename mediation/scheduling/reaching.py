"""Who can't be told of a session in time, because their safe hours begin too late. For those who book alone."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.i18n import gettext as _
from mediation.i18n import moments
from mediation.invitations.rules import ENTER_BEFORE
from mediation.notifications.rules import may_send_at
from mediation.people.reach import reach_of
from mediation.scheduling.wording import listed


async def not_told_in_time(db: AsyncSession, called: Mapping[str, str], starts_at: datetime, zone: ZoneInfo) -> str:
    """What to do about those whom a message written now would reach when the doors are open already or later; empty
    when there are none. `called`: person id → how they are called."""
    moment = now()
    late = []
    for person_id, name in called.items():
        reach = await reach_of(db, person_id)
        leaves = may_send_at(reach, moment, zone)
        if reach.address and leaves > moment and leaves > starts_at - ENTER_BEFORE:
            when = f"{moments.day(leaves, zone)} {moments.clock(leaves, zone, spoken=False)}"
            late.append(_("{name} (from {when} on)").format(name=name, when=when))
    if not late:
        return ""
    return _(
        "Safe hours leave no time to write before this session: {names}. "
        "Choose a later time, or telephone within the safe hours."
    ).format(names=listed(late))
