"""The command `mediation` (or `python -m mediation`): serve, demo, create-admin, journal verify, recordings rotate-key,
migrate."""

import argparse
import asyncio
import getpass
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, OrganisationKind
from mediation.accounts.organisations import add_organisation
from mediation.accounts.passwords import NewPassword, new_password, random_password
from mediation.accounts.rules import username_of
from mediation.accounts.staff import add_staff
from mediation.actor import SYSTEM, Role
from mediation.config import Settings, read_settings
from mediation.db import Database
from mediation.errors import MediationError
from mediation.i18n import filled_in
from mediation.journal.verify import verify
from mediation.migrations import upgrade
from mediation.recordings.masters import rotate

T = TypeVar("T")


def main(argv: Sequence[str] | None = None) -> None:
    """Carry out one command; exit code 0 when it succeeded."""
    args = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("alembic", "aiohttp.access", "socketio", "engineio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = read_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    sys.exit(args.run(settings, args))


def _serve(settings: Settings, _args: argparse.Namespace) -> int:
    from mediation.serving import serve  # aiohttp, aiortc and the rest of the server load only here

    return serve(settings)


def _migrate(settings: Settings, _args: argparse.Namespace) -> int:
    _with_database(settings, upgrade)
    return 0


def _demo(settings: Settings, args: argparse.Namespace) -> int:
    from mediation.demo.showing import contents

    async def read(database: Database) -> dict[str, object]:
        async with database.read() as db:
            return await contents(db, settings)

    if not settings.with_demo:
        return _say("There is no demo here: the server is not bound to loopback, or DEMO is off.", code=1)
    held = _with_database(settings, read)
    return _say(json.dumps(held, ensure_ascii=False, indent=None if args.json else 2))


def _create_admin(settings: Settings, args: argparse.Namespace) -> int:
    given = args.password or (getpass.getpass("Password: ") if sys.stdin.isatty() else "")
    password = given or random_password(args.username)

    async def unit(db: AsyncSession, hashed: NewPassword) -> None:
        kind = OrganisationKind(args.kind)
        organisation = await db.scalar(select(Organisation).where(Organisation.name == args.organisation))
        organisation = organisation or await add_organisation(db, SYSTEM, kind, args.organisation, args.short_name)
        await add_staff(
            db,
            SYSTEM,
            organisation.id,
            args.name,
            args.name,
            args.username,
            [Role.ADMIN],
            "管理员",
            hashed,
            args.email,
        )

    async def create(database: Database) -> None:
        await upgrade(database)
        hashed = await new_password(password, username_of(args.username))
        await database.write(lambda db: unit(db, hashed))

    try:
        _with_database(settings, create)
    except MediationError as refused:
        sentences = [refused.sentence, *(f"{field}: {why}" for field, why in refused.fields.items())]
        return _say("\n".join(filled_in(sentence, refused.values) for sentence in sentences), code=1)
    _say(f"{args.username} can sign in at {settings.base_url}/login")
    return _say("" if given else f"Password: {password}")


def _verify_journal(settings: Settings, _args: argparse.Namespace) -> int:
    async def check(database: Database) -> int:
        async with database.read() as db:
            found = await verify(db)
        if found.broken:
            return _say(f"BROKEN at entry {found.broken.seq}: {found.broken.why}", code=1)
        return _say(f"{found.count} entries hold. Head: {found.head}")

    return _with_database(settings, check)


def _rotate_recording_key(settings: Settings, _args: argparse.Namespace) -> int:
    try:
        count = _with_database(settings, lambda database: database.write(rotate))
    except MediationError as refused:
        return _say(refused.sentence, code=1)
    return _say(f"A new master key; {count} keys of recordings were wrapped with it. Back up {settings.keys} now.")


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings.database, settings.keys)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except DBAPIError as error:
        sys.exit(_say(f"{error.orig}\nA workstation that never ran has no tables yet: mediation migrate", code=1))


def _say(text: str, code: int = 0) -> int:
    if text:
        (sys.stderr if code else sys.stdout).write(f"{text}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mediation", description="Online family-mediation workstation")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "serve", _serve, "run the workstation (migrations and, on loopback, the demo come first)")
    _add(commands, "migrate", _migrate, "bring the database to the newest schema")
    demo = _add(commands, "demo", _demo, "show what the demo holds: logins and join links")
    demo.add_argument("--json", action="store_true", help="in one line, for programs")
    admin = _add(commands, "create-admin", _create_admin, "an administrator for a real start without the demo")
    admin.add_argument("--username", required=True)
    admin.add_argument("--name", required=True, help="the person's name")
    admin.add_argument("--organisation", required=True, help="name of the organisation; made if it is new")
    admin.add_argument("--short-name", default="", help="short name of a new organisation")
    admin.add_argument("--kind", default="federation", choices=[kind.value for kind in OrganisationKind])
    admin.add_argument("--email")
    admin.add_argument("--password", help="asked for when left out; random when there is nobody to ask")
    journal = commands.add_parser("journal", help="the hash-chained journal").add_subparsers(required=True)
    _add(journal, "verify", _verify_journal, "prove the journal, or name the first broken entry")
    recordings = commands.add_parser("recordings", help="what was recorded").add_subparsers(required=True)
    rotate_help = "make a new master key and wrap the keys of all recordings with it"
    _add(recordings, "rotate-key", _rotate_recording_key, rotate_help)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[Settings, argparse.Namespace], int],
    help_: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(run=run)
    return parser
