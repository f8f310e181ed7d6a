"""A real mail server for tests, on a free port of this machine, and a way to deliver what the outbox holds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.lookups import LOOKUPS
from mediation.notifications.delivery import deliver_due


class PostOffice:
    """Takes mail, or answers what `answer` says instead of 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.port = 0
        self.when_taken: Callable[[], None] = lambda: None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail if it is taken."""
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.when_taken()
        return self.answer


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """A post office that is open for a while."""
    office = PostOffice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, hostname="localhost", loop=loop), "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    yield office
    server.close()
    await server.wait_closed()


def with_post(settings: Settings, office: PostOffice) -> Settings:
    """The settings of a workstation that sends through this office."""
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": office.port,
            "smtp_security": "none",
            "mail_from": "post@tiao.example",
        }
    )


async def deliver(database: Database, settings: Settings) -> int:
    """What the job does once."""
    return await deliver_due(database, settings, LOOKUPS)
