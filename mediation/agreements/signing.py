"""Sign: hand in a signature, confirm it by a code from the safe channel, withdraw it. Each person only for themself."""

import unicodedata

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.agreements.kinds import AgreementState, Manner
from mediation.agreements.models import Agreement, Signature
from mediation.agreements.news import News, tell_parties
from mediation.agreements.queries import clauses_of, parties_of, said_by, signatures_on, tell
from mediation.agreements.reading import own_agreement
from mediation.agreements.rules import Command, everybody_signed, next_state, read_and_agreed
from mediation.agreements.strokes import drawing
from mediation.agreements.voiding import void_signatures
from mediation.clock import now
from mediation.errors import Conflict, Invalid, NotAllowed
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.notifications.codes import CodeAnswer, check_code, issue_code
from mediation.people.models import Channel, Person
from mediation.sessions.models import IdentityCheck

PURPOSE = "sign"


async def submit_signature(
    db: AsyncSession, actor: ParticipantActor, version: int, manner: Manner, *,
    strokes: str = "", name: str = "", declared: bool = False,
) -> Signature:  # fmt: skip
    """Hand in a drawn name, or the typed one for who can't draw, and have a code sent to the safe channel.

    It does not count before `confirm_signature`. Raises Invalid when the name or the declaration is missing or no safe
    channel is known, Conflict when not every clause is agreed to, the draft changed or is not offered, NotAllowed for who
    is no party or whose identity was not checked, TooMany.
    """
    agreement = await _signable(db, actor, version)
    person = await db.get_one(Person, actor.person_id)
    standing = (await signatures_on(db, agreement)).get(actor.person_id)
    if standing is not None and standing.confirmed_at is not None:
        raise Conflict("signed_already", "You have signed already.")
    drawn = drawing(strokes) if manner is Manner.DRAWN else None
    # The name that is signed with is the one of the agreement, whatever the directory says meanwhile.
    written = next(party.name for party in await parties_of(db, agreement) if party.person_id == actor.person_id)
    if manner is Manner.TYPED and _plain(name) != _plain(written):
        other = marked("Please type your full name as it stands in the agreement.")
        raise Invalid("name_differs", other, fields={"name": other})
    if not declared:
        tick = marked("Please tick that nobody forces you.")
        raise Invalid("not_declared", tick, fields={"declared": tick})
    if person.safe_channel is Channel.NONE:
        raise Invalid("no_safe_channel", "We know no safe way to send you a code. Please talk to the mediator.")
    await void_signatures(db, agreement, "written_again", actor.person_id)
    signature = Signature(
        agreement_id=agreement.id, person_id=actor.person_id, participant_id=actor.participant_id,
        version=agreement.version, content_hash=agreement.content_hash, manner=manner, strokes=drawn, submitted_at=now(),
    )  # fmt: skip
    db.add(signature)
    await db.flush()
    await issue_code(db, person, PURPOSE, _subject(agreement, actor))
    record(
        db, actor, "signature_submitted", case_id=agreement.case_id, subject=agreement.id, person=actor.person_id,
        version=agreement.version, manner=manner.value,
    )  # fmt: skip
    return signature


async def send_code_again(db: AsyncSession, actor: ParticipantActor, version: int) -> None:
    """Have a new code sent for the signature that waits for one. Raises Conflict, NotAllowed, TooMany."""
    agreement = await _signable(db, actor, version)
    await _waiting(db, agreement, actor)
    await issue_code(db, await db.get_one(Person, actor.person_id), PURPOSE, _subject(agreement, actor))


async def confirm_signature(db: AsyncSession, actor: ParticipantActor, version: int, code: str) -> CodeAnswer:
    """Try the code; the right one makes the signature count, and the last party's puts the agreement into effect.

    Gives the answer instead of raising, so that a wrong try is counted: call `or_refuse()` on it after the commit.
    Raises Conflict when the draft changed meanwhile or nothing waits for a code, NotAllowed.
    """
    agreement = await _signable(db, actor, version)
    signature = await _waiting(db, agreement, actor)
    answer = await check_code(db, PURPOSE, _subject(agreement, actor), code)
    if answer is not CodeAnswer.RIGHT:
        return answer
    signature.confirmed_at = now()
    record(
        db, actor, "agreement_signed", case_id=agreement.case_id, subject=agreement.id, person=actor.person_id,
        version=agreement.version, content_hash=agreement.content_hash,
    )  # fmt: skip
    await db.flush()
    signed = [person for person, each in (await signatures_on(db, agreement)).items() if each.confirmed_at is not None]
    if everybody_signed([party.person_id for party in await parties_of(db, agreement)], signed):
        agreement.state = next_state(agreement.state, Command.TAKE_EFFECT)
        agreement.effective_at = signature.confirmed_at
        record(
            db, actor, "agreement_effective", case_id=agreement.case_id, subject=agreement.id,
            version=agreement.version, content_hash=agreement.content_hash,
        )  # fmt: skip
        await tell_parties(db, agreement, News.IN_EFFECT)
    await tell(db, agreement)
    await db.flush()
    return answer


async def withdraw_signature(db: AsyncSession, actor: ParticipantActor, version: int) -> None:
    """Take one's signature back, as long as the agreement is not in effect.

    Raises Conflict when it is, or when there is no signature; NotAllowed.
    """
    agreement = await own_agreement(db, actor, version)
    next_state(agreement.state, Command.WITHDRAW)
    if actor.person_id not in await signatures_on(db, agreement):
        raise Conflict("not_signed", "You have not signed.")
    await void_signatures(db, agreement, "withdrawn", actor.person_id)
    record(
        db, actor, "signature_withdrawn", case_id=agreement.case_id, subject=agreement.id, person=actor.person_id,
        version=agreement.version,
    )  # fmt: skip
    await tell(db, agreement)
    await db.flush()


async def _signable(db: AsyncSession, actor: ParticipantActor, version: int) -> Agreement:
    agreement = await own_agreement(db, actor, version)
    next_state(agreement.state, Command.SIGN)
    # 法释〔2021〕23号 art. 17: nobody whose identity was not verified takes part, let alone signs.
    if await db.get(IdentityCheck, actor.participant_id) is None:
        raise NotAllowed("identity_unchecked", "Please show the mediator your identity document first.")
    clauses = await clauses_of(db, agreement.id)
    if not read_and_agreed([clause.id for clause in clauses], await said_by(db, clauses, actor.person_id)):
        raise Conflict("not_all_read", "Please read every clause first. You can sign when you agree to all of them.")
    return agreement


async def _waiting(db: AsyncSession, agreement: Agreement, actor: ParticipantActor) -> Signature:
    signature = (await signatures_on(db, agreement)).get(actor.person_id)
    if signature is None:
        raise Conflict("not_signed", "You have not signed.")
    if signature.confirmed_at is not None or agreement.state is not AgreementState.OFFERED:
        raise Conflict("signed_already", "You have signed already.")
    return signature


def _subject(agreement: Agreement, actor: ParticipantActor) -> str:
    return f"{agreement.id}:{actor.person_id}"


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
