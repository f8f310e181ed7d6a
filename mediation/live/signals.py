"""Small signs: a raised hand, a quiet call for help, the host's mute and leave to share a screen."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, StaffActor
from mediation.clock import now
from mediation.errors import Invalid
from mediation.live.seating import changed, load_for_host, load_for_seated

# someone_beside: an adversary may be reading over the shoulder, so it shows nothing on the sender's own device.
SIGNALS = ("help", "someone_beside", "rest", "talk_alone", "stop")


async def raise_hand(db: AsyncSession, actor: Actor, session_id: str, raised: bool) -> None:
    """Ask to speak, or no longer."""
    live, seat = await load_for_seated(db, actor, session_id)
    seat.hand_raised_at = now() if raised else None
    changed(db, actor, live, "hand_raised" if raised else "hand_lowered")


async def signal(db: AsyncSession, actor: Actor, session_id: str, kind: str) -> None:
    """Tell the host, and only the host, that something is needed."""
    if kind not in SIGNALS:
        raise Invalid("unknown_signal")
    live, seat = await load_for_seated(db, actor, session_id)
    seat.signal, seat.signalled_at = kind, now()
    changed(db, actor, live, "signalled", kind=kind)


async def attend_to(db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str) -> None:
    """The host has seen to somebody's signal and raised hand."""
    live = await load_for_host(db, actor, session_id)
    seat = live.seat(participant_id)
    seat.signal = seat.signalled_at = seat.hand_raised_at = None
    changed(db, actor, live, "attended_to", participant=participant_id)


async def mute(db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str, muted: bool) -> None:
    """The host closes somebody's microphone for all, on the server; or opens it again."""
    live = await load_for_host(db, actor, session_id)
    live.seat(participant_id).muted = muted
    changed(db, actor, live, "muted" if muted else "unmuted", participant=participant_id)


async def permit_screen(
    db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str, permitted: bool
) -> None:
    """The host lets somebody share their screen, or no longer."""
    live = await load_for_host(db, actor, session_id)
    live.seat(participant_id).may_share_screen = permitted
    changed(db, actor, live, "screen_permitted" if permitted else "screen_refused", participant=participant_id)
