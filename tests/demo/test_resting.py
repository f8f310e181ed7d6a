"""Where others can reach the server no account of the demo lets anybody in, also after it was tried out there."""

import json
from contextlib import suppress

from mediation.accounts.login import log_in
from mediation.accounts.password_change import change_password
from mediation.config import Settings
from mediation.db import Database
from mediation.demo.telling import acting, passwords_file
from mediation.errors import Invalid
from mediation.serving import prepare

OWN = "three small boats"


async def _let_in(database: Database, passwords: dict[str, str]) -> set[str]:
    found = set()
    for username, password in passwords.items():
        with suppress(Invalid):
            await log_in(database, username, password)
            found.add(username)
    return found


async def test_the_demos_accounts_rest_where_others_can_reach_the_server(settings: Settings) -> None:
    alone = settings.model_copy(update={"port": 8080})
    reachable = alone.model_copy(update={"host": "192.0.2.1"})
    await prepare(reachable)  # no demo was ever told here
    await prepare(alone)
    told: dict[str, str] = json.loads(passwords_file(alone).read_text())
    passwords = {name: told[name] for name in ("pan", "chen")}
    database = Database(settings.database, settings.keys)
    async with database.read() as db:
        mediator = await acting(db, "pan")
    await change_password(database, mediator, passwords["pan"], OWN)
    await prepare(reachable)
    assert await _let_in(database, passwords | {"pan": OWN}) == {"pan"}  # hers by now
    await prepare(alone)
    assert await _let_in(database, passwords | {"pan": OWN}) == set(passwords)
    assert passwords_file(alone).stat().st_mode & 0o777 == 0o600
    await database.close()
