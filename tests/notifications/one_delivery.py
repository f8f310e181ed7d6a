"""`python -m tests.notifications.one_delivery`: a process that empties the outbox once, so that a test can kill it.

Reads the settings and the database's URL as JSON from its standard input.
"""

import asyncio
import json
import sys

from mediation.config import Settings
from mediation.db import Database
from tests.notifications.post import deliver


async def main() -> None:
    """Deliver once and end."""
    told = json.load(sys.stdin)
    settings = Settings.model_validate_json(told["settings"])
    database = Database(told["url"], settings.keys)
    await deliver(database, settings)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
