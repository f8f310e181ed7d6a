"""Book, move, cancel, on both databases; nobody twice at a time; every refusal leaves nothing behind."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.cases.models import CaseFile, CaseShare, CaseState
from mediation.db import Database
from mediation.errors import Conflict, Invalid, MediationError, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.scheduling.booking import book, cancel, reschedule
from mediation.scheduling.claims import take
from mediation.scheduling.free_busy import busy
from mediation.sessions.kinds import Mode, ParticipantRole, Reply, SessionKind, SessionState, Side
from mediation.sessions.models import MediationSession, Participant, TimeClaim
from mediation.sessions.rules import Expected
from mediation.sessions.states import start
from tests.story import Member, Story

StoryOn = tuple[Database, Story]
HOUR = timedelta(hours=1)


def next_week(story: Story) -> datetime:
    return story.session.starts_at + timedelta(days=7)


def staff(member: Member, role: ParticipantRole, required: bool = True) -> Expected:
    return Expected(member.person.id, role, Side.NEUTRAL, required, member.staff.id)


def everybody(story: Story) -> list[Expected]:
    return [
        Expected(story.mother.person.id, ParticipantRole.APPLICANT, Side.APPLICANT),
        Expected(story.father.person.id, ParticipantRole.RESPONDENT, Side.RESPONDENT),
        staff(story.mediator, ParticipantRole.MEDIATOR),
        staff(story.judge, ParticipantRole.JUDGE, required=False),
    ]


async def booked(story_on: StoryOn, **other: object) -> MediationSession:
    database, story = story_on
    given = {
        "kind": SessionKind.MEDIATION,
        "mode": Mode.JOINT,
        "starts_at": next_week(story),
        "minutes": 60,
        "expected": everybody(story),
        **other,
    }
    actor = given.pop("actor", story.mediator.actor())
    return await database.write(lambda db: book(db, actor, story.case.id, **given))  # type: ignore[arg-type]


async def counts(database: Database) -> tuple[int, int, int]:
    async with database.read() as db:
        return tuple(
            [
                await db.scalar(select(func.count()).select_from(t)) or 0
                for t in (MediationSession, Participant, TimeClaim)
            ]
        )  # type: ignore[return-value]


async def test_a_booking_holds_the_time_of_everybody(story_on: StoryOn) -> None:
    database, story = story_on
    told: set[tuple[str, str]] = set()
    database.on_touched(told.update)
    session = await booked(story_on)
    assert (session.number, session.state, session.revision) == (2, SessionState.BOOKED, 0)
    assert session.ends_at - session.starts_at == HOUR
    assert told == {("session", session.id)}
    people = [each.person_id for each in everybody(story)]
    async with database.read() as db:
        taken = await busy(db, people, session.starts_at - HOUR, session.ends_at + HOUR)
        entry = await db.scalar(select(JournalEntry).where(JournalEntry.action == "session_booked"))
    assert taken == {person: [(session.starts_at, session.ends_at)] for person in people}
    assert entry is not None
    assert (entry.case_id, entry.subject) == (story.case.id, session.id)


async def test_the_optional_judge_is_not_free_twice(story_on: StoryOn) -> None:
    database, story = story_on
    session = await booked(story_on)
    before = await counts(database)
    consultation = [
        Expected(story.mother.person.id, ParticipantRole.APPLICANT, Side.APPLICANT),
        staff(story.judge, ParticipantRole.JUDGE),
        staff(story.worker, ParticipantRole.FEDERATION),
    ]
    with pytest.raises(Conflict) as refused:
        await booked(
            story_on,
            kind=SessionKind.CONSULTATION,
            question="探望怎么约定?",
            expected=consultation,
            starts_at=session.ends_at - timedelta(minutes=15),
            actor=story.worker.actor(),
        )
    assert refused.value.code == "slot_taken"
    assert set(str(refused.value.values["names"]).split("、")) == {"王女士", "陈法官"}, "the worker is free"
    assert await counts(database) == before
    after = await booked(
        story_on,
        kind=SessionKind.CONSULTATION,
        question="探望怎么约定?",
        expected=consultation,
        starts_at=session.ends_at,
        actor=story.worker.actor(),
    )
    assert (after.kind, after.question) == (SessionKind.CONSULTATION, "探望怎么约定?")


async def test_who_claims_behind_our_back_is_found_by_the_constraint(story_on: StoryOn) -> None:
    database, story = story_on

    async def unit(db: AsyncSession) -> None:
        await take(db, story.session.id, [story.mother.person.id], (story.session.starts_at, story.session.ends_at))

    async def other(db: AsyncSession) -> None:
        session = MediationSession(
            case_id=story.case.id, number=9, kind=SessionKind.MEDIATION, mode=Mode.JOINT, booked_by_staff_id=story.mediator.staff.id,
            starts_at=story.session.starts_at, ends_at=story.session.ends_at, created_at=clock.now(),
        )  # fmt: skip
        db.add(session)
        await db.flush()
        await take(db, session.id, [story.mother.person.id], (session.starts_at, session.ends_at))

    with pytest.raises(Conflict) as refused:
        await database.write(other)
    assert (refused.value.code, refused.value.values) == ("slot_taken", {"names": "王女士"})


async def test_of_fifty_at_once_one_succeeds(story_on: StoryOn) -> None:
    database, _story = story_on
    before = await counts(database)
    results = await asyncio.gather(*(booked(story_on) for _ in range(50)), return_exceptions=True)
    won = [each for each in results if isinstance(each, MediationSession)]
    lost = [each.code for each in results if isinstance(each, MediationError)]
    assert (len(won), lost) == (1, ["slot_taken"] * 49)
    assert await counts(database) == (before[0] + 1, before[1] + 4, before[2] + 16)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"minutes": 0}, "length_refused"),
        ({"minutes": 20}, "length_refused"),
        ({"minutes": 495}, "length_refused"),
        ({"minutes": 10**12}, "length_refused"),
        ({"starts_at": datetime(2020, 1, 1, tzinfo=UTC)}, "in_the_past"),
        ({"starts_at": datetime(2036, 1, 1, tzinfo=UTC)}, "too_far_ahead"),
        ({"starts_at": datetime(2030, 1, 1, 10, 7, tzinfo=UTC)}, "not_on_the_quarter"),
        ({"kind": SessionKind.CONSULTATION}, "question_needed"),
        ({"question": "问" * 2001}, "question_needed"),
        ({"expected": []}, "one_mediator"),
    ],
)
async def test_what_cannot_be_booked(sqlite: Database, story: Story, change: dict[str, object], code: str) -> None:
    before = await counts(sqlite)
    with pytest.raises(Invalid) as refused:
        await booked((sqlite, story), **change)
    assert refused.value.code == code
    assert await counts(sqlite) == before


async def test_only_parties_and_staff_of_the_case_are_expected(sqlite: Database, story: Story) -> None:
    mother, father, mediator, judge = everybody(story)
    stranger = story.stranger
    for wrong, code in (
        ([mother, replace(father, person_id=stranger.person.id), mediator], "not_a_party"),
        ([replace(mother, role=ParticipantRole.RESPONDENT, side=Side.RESPONDENT), father, mediator], "not_a_party"),
        ([mother, father, staff(stranger, ParticipantRole.MEDIATOR)], "not_on_this_case"),
        ([mother, father, staff(story.worker, ParticipantRole.MEDIATOR)], "not_on_this_case"),
        ([mother, father, replace(mediator, staff_id=story.judge.staff.id)], "not_on_this_case"),
        (
            [mother, father, mediator, replace(mother, person_id="nobody", role=ParticipantRole.REPRESENTATIVE)],
            "not_in_the_directory",
        ),
        (
            [mother, father, mediator, replace(mother, person_id="nobody", role=ParticipantRole.COMPANION)],
            "relatives_need_consent",
        ),
        ([mother, father, mediator, mother], "nobody_twice"),
        ([mother, father, judge], "one_mediator"),
    ):
        with pytest.raises(Invalid) as refused:
            await booked((sqlite, story), expected=wrong)
        assert refused.value.code == code


async def test_a_protected_pair_forces_back_to_back(story_on: StoryOn) -> None:
    database, story = story_on
    await story.protect(database)
    before = await counts(database)
    with pytest.raises(Invalid) as refused:
        await booked(story_on)
    assert refused.value.code == "protected_pair_needs_shuttle"
    assert await counts(database) == before
    assert (await booked(story_on, mode=Mode.SHUTTLE)).mode is Mode.SHUTTLE


@pytest.mark.parametrize(
    ("who", "error"),
    [("judge", NotAllowed), ("archivist", NotAllowed), ("admin", NotAllowed), ("stranger", NotFound)],
)
async def test_who_may_not_book_move_or_cancel(
    sqlite: Database, story: Story, who: str, error: type[Exception]
) -> None:
    actor = getattr(story, who).actor()
    session = await booked((sqlite, story))
    with pytest.raises(error):
        await booked((sqlite, story), actor=actor)
    with pytest.raises(error):
        await sqlite.write(lambda db: reschedule(db, actor, session.id, next_week(story) + HOUR, 60, "病了"))
    with pytest.raises(error):
        await sqlite.write(lambda db: cancel(db, actor, session.id, "病了"))


async def test_a_closed_case_takes_no_booking(sqlite: Database, story: Story) -> None:
    async def close(db: AsyncSession) -> None:
        (await db.get_one(CaseFile, story.case.id)).state = CaseState.CLOSED

    await sqlite.write(close)
    with pytest.raises(Conflict) as refused:
        await booked((sqlite, story))
    assert refused.value.code == "case_closed"


async def test_moving_frees_the_old_time_and_asks_again(story_on: StoryOn) -> None:
    database, story = story_on
    session = await booked(story_on)

    async def accept(db: AsyncSession) -> None:
        for each in await db.scalars(select(Participant).where(Participant.session_id == session.id)):
            each.reply, each.reply_note, each.replied_at = Reply.ACCEPTED, "好", clock.now()

    await database.write(accept)
    to = session.starts_at + timedelta(minutes=30)
    mediator = story.mediator.actor()
    moved = await database.write(lambda db: reschedule(db, mediator, session.id, to, 90, " 法官开庭 "))
    assert (moved.starts_at, moved.ends_at, moved.reason, moved.revision) == (to, to + 1.5 * HOUR, "法官开庭", 1)
    async with database.read() as db:
        people = [each.person_id for each in everybody(story)]
        taken = await busy(db, people, session.starts_at - HOUR, to + 3 * HOUR)
        replies = (await db.scalars(select(Participant.reply).where(Participant.session_id == session.id))).all()
        free = await busy(db, people, session.starts_at - HOUR, to + 3 * HOUR, besides=session.id)
    assert taken == {person: [(to, to + 1.5 * HOUR)] for person in people}
    assert replies == [Reply.NONE] * 4
    assert free == {person: [] for person in people}


async def test_moving_onto_another_session_is_refused(story_on: StoryOn) -> None:
    database, story = story_on
    session = await booked(story_on)
    before = await counts(database)
    actor = story.mediator.actor()
    with pytest.raises(Conflict) as refused:
        await database.write(lambda db: reschedule(db, actor, session.id, story.session.starts_at, 60, "提前"))
    assert refused.value.code == "slot_taken"
    assert await counts(database) == before


async def test_cancelling_frees_the_time(story_on: StoryOn) -> None:
    database, story = story_on
    session = await booked(story_on)
    actor = story.mediator.actor()
    cancelled = await database.write(lambda db: cancel(db, actor, session.id, "撤回申请"))
    assert (cancelled.state, cancelled.reason, cancelled.revision) == (SessionState.CANCELLED, "撤回申请", 1)
    again = await booked(story_on)
    assert again.number == 3
    for verb in (
        lambda db: cancel(db, actor, session.id, "再来"),
        lambda db: reschedule(db, actor, session.id, next_week(story) + HOUR * 5, 60, "再来"),
        lambda db: start(db, actor, session.id),
    ):
        with pytest.raises(Conflict) as refused:
            await database.write(verb)
        assert refused.value.code == "session_cancelled"


@pytest.mark.parametrize("reason", ["", "   ", "长" * 501])
async def test_a_reason_is_needed(sqlite: Database, story: Story, reason: str) -> None:
    actor = story.mediator.actor()
    for verb in (
        lambda db: cancel(db, actor, story.session.id, reason),
        lambda db: reschedule(db, actor, story.session.id, next_week(story), 60, reason),
    ):
        with pytest.raises(Invalid) as refused:
            await sqlite.write(verb)
        assert refused.value.code == "reason_needed"


async def test_a_case_that_is_no_longer_shared_is_gone(sqlite: Database, story: Story) -> None:
    async def unshare(db: AsyncSession) -> None:
        await db.delete(await db.get_one(CaseShare, (story.case.id, story.court.id)))

    await sqlite.write(unshare)
    with pytest.raises(Invalid) as refused:
        await booked((sqlite, story))
    assert refused.value.code == "not_on_this_case", "the judge's court shares it no longer"
