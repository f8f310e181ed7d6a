"""How often somebody may try a password: 10 times in 5 minutes for each account and from each address.

The counts live in this process alone. Behind a proxy the address is the one that it saw (web/proxy.py).
"""

from ipaddress import ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from mediation.errors import TooMany

TRIES, MINUTES = 10, 5


class Tries:
    """Counts tries, known accounts and unknown ones alike."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(TRIES, MINUTES)

    async def count(self, account: str, address: str | None) -> None:
        """Count one more try.

        Raises TooMany("too_many_tries") when the account or the address has used up its tries.
        """
        for kind, who in (("address", _network(address)), ("account", account)):
            if not await self._limiter.hit(self._limit, kind, who):
                raise TooMany("too_many_tries")

    async def forget(self, account: str) -> None:
        """The account's owner got in: earlier slips no longer count against the account."""
        await self._limiter.clear(self._limit, "account", account)


def _network(address: str | None) -> str:
    # One household or attacker holds a whole IPv6 /64.
    try:
        ip = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    return str(ip) if ip.version == 4 else str(ip_network((ip, 64), strict=False))
