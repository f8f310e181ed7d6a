"""Rights to use coturn, for networks that let no UDP through (draft-uberti-behave-turn-rest-00, coturn's use-auth-secret)."""

import base64
import hmac
import time

from mediation.config import Settings
from mediation.db import Database
from mediation.live.seating import load, require_seated
from signaling.presence import Connection

LIFETIME = 3600  # seconds in which a right begins relays; a relay that runs goes on


class Relays:
    """Gives everybody with a seat a right of their own, for a limited time. Without `TURN_URLS` there is no relay."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._urls = settings.turn_urls.split(",") if settings.turn_urls else []
        self._secret = settings.turn_secret

    async def right(self, connection: Connection) -> dict[str, object]:
        """`servers` for RTCPeerConnection, and `seconds` for which they are good.

        Raises NotFound for somebody who has left, Conflict when the session is over.
        """
        async with self._database.read() as db:
            require_seated(await load(db, connection.session_id), connection.participant_id)
        if not self._urls:
            return {"servers": [], "seconds": None}
        username, password = credentials(self._secret, connection.participant_id, int(time.time()) + LIFETIME)
        return {
            "servers": [{"urls": self._urls, "username": username, "credential": password}],
            "seconds": LIFETIME,
        }


def credentials(secret: str, participant_id: str, expires: int) -> tuple[str, str]:
    """User name and password until `expires` (seconds since 1970).

    coturn counts relays by the name and may log it, so it is the same for a person each time and tells only us whose it is.
    """
    opaque = hmac.digest(secret.encode(), b"participant " + participant_id.encode(), "sha256").hex()[:24]
    username = f"{expires}:{opaque}"
    return username, base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
