"""Tell the parties by message what waits for them: an agreement to sign, an agreement in effect. Each alone, by their own link."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.models import Agreement
from mediation.agreements.queries import Signer, parties_of
from mediation.i18n import gettext as _
from mediation.i18n import speaking
from mediation.live.models import Seat
from mediation.live.rules import LEFT
from mediation.notifications.models import MessageKind
from mediation.notifications.outbox import HOTLINE, LINK, enqueue
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant, SessionState


class News(StrEnum):
    """What there is to tell."""

    TO_SIGN = "to_sign"
    IN_EFFECT = "in_effect"


async def tell_parties(db: AsyncSession, agreement: Agreement, news: News) -> None:
    """Write to each party. Who sits in the session right now sees on the screen that there is something to sign."""
    in_session = await _in_session(db, agreement) if news is News.TO_SIGN else set()
    for party in await parties_of(db, agreement):
        participant = await db.scalar(
            select(Participant).where(
                Participant.session_id == agreement.session_id,
                Participant.person_id == party.person_id,
                Participant.removed_at.is_(None),
            )
        )
        if participant is not None and participant.id not in in_session:
            await _write(db, news, party, participant)


async def _write(db: AsyncSession, news: News, party: Signer, participant: Participant) -> None:
    person = await db.get_one(Person, party.person_id)
    with speaking(person.locale):
        subject, said = _neutral() if person.neutral_wording else _plain(news, party.called)
        text = "\n\n".join([*said, _("Open your own link:") + "\n" + LINK]) + "\n"
    await enqueue(
        db, MessageKind.PAPERS, person.id, subject=subject, text=text, short_text=f"{subject} {LINK}",
        locale=person.locale, neutral=person.neutral_wording, participant_id=participant.id,
    )  # fmt: skip


def _plain(news: News, called: str) -> tuple[str, list[str]]:
    greeting = _("{called},").format(called=called)
    safety = _("We take no money and never ask for bank cards or passwords. In doubt call the hotline {hotline}.")
    safety = safety.format(hotline=HOTLINE)
    if news is News.TO_SIGN:
        said = _("The agreement is ready. Read it in your own time; nobody may press you to sign.")
        return _("The agreement is ready to read"), [greeting, said, safety]
    said = _("The agreement is signed by everybody and in effect. You can read it and save it as a PDF.")
    return _("The agreement is in effect"), [greeting, said, safety]


def _neutral() -> tuple[str, list[str]]:
    return _("Something new for you"), [_("There is something new on your page.")]


async def _in_session(db: AsyncSession, agreement: Agreement) -> set[str]:
    seated = (
        select(Seat.participant_id)
        .join(MediationSession, MediationSession.id == Seat.session_id)
        .where(
            Seat.session_id == agreement.session_id,
            MediationSession.state == SessionState.LIVE,
            Seat.room != LEFT,
        )
    )
    return set(await db.scalars(seated))
