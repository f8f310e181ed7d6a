"""Two who are kept apart never sit together, by any order of commands and by any race."""

import asyncio
import contextlib
import random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.errors import MediationError
from mediation.invitations.consents import TEXT_VERSION, give_consent
from mediation.live.chat import say
from mediation.live.entering import enter
from mediation.live.rooms import admit, consult_judge, hold_caucus, recall
from mediation.live.separation import keep_apart
from mediation.people.models import Person, ProtectedPair
from mediation.people.protection import end_protection
from mediation.sessions.models import IdentityCheck, MediationSession, Mode, Participant, ParticipantRole, Side
from tests.live.hall import Hall

ORDERS = [
    ("admit mother", "admit father", "protect"),
    ("admit mother", "protect", "admit father"),
    ("protect", "admit mother", "admit father"),
    ("recall both", "protect", "recall both"),
    ("protect", "caucus mother", "admit father", "admit mother"),
    ("consult both", "protect", "consult both"),
]


async def step(hall: Hall, what: str) -> str:
    """One step of an order; gives the refusal's code, or nothing."""
    both = [hall.ids["mother"], hall.ids["father"]]
    verb, _, whom = what.partition(" ")
    try:
        if verb == "protect":
            await protect(hall)
        elif verb == "admit":
            await hall.do(admit, "mediator", whom)
        elif verb == "caucus":
            await hall.do(hold_caucus, "mediator", Side.APPLICANT)
        elif verb == "consult":
            await hall.do(consult_judge, "mediator", [Side.APPLICANT, Side.RESPONDENT])
        else:
            await hall.do(recall, "mediator", both)
    except MediationError as refused:
        return refused.code
    return ""


async def protect(hall: Hall) -> None:
    """The federation worker adds the pair on the people's page."""
    pair = hall.story.mother.person.id, hall.story.father.person.id
    await hall.database.write(lambda db: keep_apart(db, hall.story.worker.actor(), *pair, "人身安全保护令"))


async def share_a_room(hall: Hall) -> bool:
    """Whether mother and father sit in one room."""
    rooms = await hall.rooms()
    return rooms["mother"] == rooms["father"]


@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
async def test_in_no_order(hall: Hall, order: tuple[str, ...]) -> None:
    await hall.seated()
    await hall.come("judge")
    codes = [await step(hall, what) for what in order]
    assert not await share_a_room(hall)
    assert set(codes[: order.index("protect") + 1]) == {""}
    assert set(codes[order.index("protect") + 1 :]) <= {"kept_apart", ""}


@pytest.mark.parametrize(
    "order", [order for order in ORDERS if order[0] != "admit mother" or "protect" not in order[1]]
)
async def test_in_no_order_with_shuttle_mode_alone(hall: Hall, order: tuple[str, ...]) -> None:
    await hall.seated()
    await hall.come("judge")
    await hall.shuttle()
    codes = [await step(hall, what) for what in order if what != "protect"]
    assert not await share_a_room(hall)
    assert "kept_apart" in codes


async def test_those_who_sit_together_are_parted_and_a_bystander_stays(hall: Hall) -> None:
    await hall.seated()
    await hall.come("judge")
    await hall.do(recall, "mediator", [hall.ids[name] for name in ("mother", "father", "judge")])
    await protect(hall)
    assert await hall.rooms() == {
        "mediator": "main", "mother": "waiting:mother", "father": "waiting:father", "judge": "main",
    }  # fmt: skip
    pair = hall.story.mother.person.id, hall.story.father.person.id
    await hall.database.write(lambda db: end_protection(db, hall.story.worker.actor(), *pair, "撤销"))
    assert not await share_a_room(hall)  # nobody is seated anew by the end of it
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    assert await share_a_room(hall)


async def test_who_attends_one_of_the_pair_is_kept_from_the_other(hall: Hall) -> None:
    await hall.seated()
    lawyer = await lawyer_of_father(hall)
    both = [hall.ids["mother"], lawyer]
    await hall.do(recall, "mediator", both)
    await protect(hall)
    rooms = await hall.rooms()
    assert (rooms["mother"], rooms[lawyer]) == ("waiting:mother", f"waiting:{lawyer}")
    assert await hall.refused(recall, "mediator", both) == "kept_apart"
    await hall.do(recall, "mediator", [hall.ids["father"], lawyer])
    assert lawyer not in str(await hall.view("mother"))


async def lawyer_of_father(hall: Hall) -> str:
    """The father's representative, who has come in and is known; gives the participant's id."""

    async def unit(db: AsyncSession) -> str:
        person = Person(name="许律师", called="许律师", organisation_id=hall.story.federation.id, created_at=now())
        db.add(person)
        await db.flush()
        lawyer = Participant(
            session_id=hall.session, person_id=person.id, role=ParticipantRole.REPRESENTATIVE, side=Side.RESPONDENT
        )
        db.add(lawyer)
        await db.flush()
        await give_consent(db, ParticipantActor(lawyer.id, person.id, hall.session, "", "", "none"), True, TEXT_VERSION)
        db.add(
            IdentityCheck(
                participant_id=lawyer.id,
                document="passport",
                confirmed_at=now(),
                confirmed_by_staff_id=hall.story.mediator.staff.id,
            )
        )
        return lawyer.id

    ident = await hall.database.write(unit)
    father = hall.story.father.actor()
    actor = type(father)(ident, "", hall.session, "", "", "none")
    await hall.database.write(lambda db: enter(db, actor, hall.session))
    return ident


@pytest.mark.parametrize("seed", range(3))
async def test_in_no_race(hall: Hall, seed: int) -> None:
    """Protecting, moving and talking at the same time: in the end they are apart and the pair is there."""
    await hall.seated()
    await hall.come("judge")
    both = [hall.ids["mother"], hall.ids["father"]]
    work = [
        protect(hall),
        *(hall.do(recall, "mediator", both) for _ in range(3)),
        hall.do(admit, "mediator", "mother"),
        hall.do(admit, "mediator", "father"),
        hall.do(consult_judge, "mediator", [Side.APPLICANT, Side.RESPONDENT]),
        hall.do(say, "mother", "在吗", "key-mother-1"),
        hall.do(enter, "father"),
    ]
    random.Random(seed).shuffle(work)
    results = await asyncio.gather(*work, return_exceptions=True)
    unexpected = [each for each in results if isinstance(each, Exception) and not isinstance(each, MediationError)]
    assert unexpected == []
    assert not await share_a_room(hall)
    async with hall.database.read() as db:
        assert await db.scalar(select(ProtectedPair.ended_at)) is None
        assert len(list(await db.scalars(select(ProtectedPair.id)))) == 1
    with contextlib.suppress(MediationError):
        await hall.do(recall, "mediator", both)
    assert not await share_a_room(hall)


async def test_who_may_not_protect_does_not_part_anybody(hall: Hall) -> None:
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    pair = hall.story.mother.person.id, hall.story.father.person.id
    for member in (hall.story.judge, hall.story.archivist):
        with pytest.raises(MediationError) as refused:
            await hall.database.write(lambda db, who=member: keep_apart(db, who.actor(), *pair, "x"))  # type: ignore[misc]
        assert refused.value.code == "not_allowed"
    assert await share_a_room(hall)


async def test_a_pair_concerns_only_sessions_that_are_open(hall: Hall) -> None:
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await hall.over()
    await protect(hall)
    assert await share_a_room(hall)  # the record of where they sat; nobody sits there any more
    async with hall.database.read() as db:
        session = await db.get_one(MediationSession, hall.session)
        assert session.mode is Mode.JOINT
