"""The ways out: a mail server, or a folder of this machine where none is set up; for SMS there is only the folder yet."""

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage

import aiosmtplib

from mediation.config import Settings
from mediation.files import write_atomically
from mediation.notifications.models import Message, Transport

TIMEOUT = 30  # seconds for one mail, well below rules.LEASE
MAIL_FOLDER = "mail"
SMS_FOLDER = "sms"


class Refused(Exception):
    """The mail server will never take this message: trying again is useless."""


async def send_mail(settings: Settings, message: Message, mail: EmailMessage) -> Transport:
    """Hand the mail to the mail server, or write it to the folder when none is set up.

    Raises Refused for a permanent refusal (SMTP 5xx), OSError or aiosmtplib.SMTPException for everything that may pass.
    """
    if not settings.smtp_host:
        path = settings.data_dir / MAIL_FOLDER / f"{message.created_at:%Y%m%dT%H%M%S}-{message.id}.eml"
        await asyncio.to_thread(write_atomically, path, mail.as_bytes())
        return Transport.MAIL_FOLDER
    try:
        await aiosmtplib.send(
            mail,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            timeout=TIMEOUT,
        )
    except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as refused:
        codes = [each.code for each in getattr(refused, "recipients", [])] or [getattr(refused, "code", 0)]
        if all(500 <= code < 600 for code in codes) and not isinstance(refused, aiosmtplib.SMTPAuthenticationError):
            raise Refused(f"SMTP {codes[0]}") from None
        raise
    return Transport.SMTP


async def send_sms(settings: Settings, message: Message, text: str, phone: str) -> Transport:
    """Write the SMS to the folder: no gateway is set up, so somebody has to send it or to telephone."""
    path = settings.data_dir / SMS_FOLDER / f"{message.created_at:%Y%m%dT%H%M%S}-{message.id}.txt"
    await asyncio.to_thread(write_atomically, path, f"{phone}\n\n{text}\n".encode())
    return Transport.SMS_FOLDER


def sender(settings: Settings, message: Message) -> Address:
    """Whom the mail comes from: by neutral wording the bare address, otherwise the workstation's name before it."""
    site = settings.site_name if message.locale == "zh" else settings.site_name_en
    return Address("" if message.neutral else site, addr_spec=settings.mail_from)
