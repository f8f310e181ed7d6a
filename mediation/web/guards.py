"""Who is asking."""

from aiohttp import web

from mediation.actor import ParticipantActor, StaffActor
from mediation.errors import NotSignedIn


def staff(request: web.Request) -> StaffActor:
    """The member of staff who asks.

    Raises NotSignedIn.
    """
    actor = request.get("actor")
    if not isinstance(actor, StaffActor):
        raise NotSignedIn()
    return actor


def participant(request: web.Request) -> ParticipantActor:
    """The participant whose link was redeemed in this browser, for the invitation in the path.

    Raises NotSignedIn.
    """
    actor = request.get("actor")
    if not isinstance(actor, ParticipantActor):
        raise NotSignedIn("link_not_redeemed", "Please open your personal link again.")
    return actor
