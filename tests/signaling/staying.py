"""A participant in a process of its own, which a test can stop, continue and kill: `python -m tests.signaling.staying`.

Reads one JSON line (url, cookie, auth) and stays connected, heart beating, until it ends.
"""

import asyncio
import json
import sys

from tests.signaling.client import Tab


async def stay(url: str, cookie: str, auth: dict[str, str]) -> None:
    """Connect as a page would and stay."""
    tab = await Tab("staying", url, {"Cookie": cookie, "Origin": url}, auth).open()
    await tab.gone.wait()


if __name__ == "__main__":
    asyncio.run(stay(**json.loads(sys.stdin.readline())))
