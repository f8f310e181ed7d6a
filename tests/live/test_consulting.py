"""A judge on call: asked, answering, advising; one judge per question."""

import asyncio

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.models import CaseFile, CaseState
from mediation.clock import now
from mediation.errors import MediationError
from mediation.live.consulting import advise, answer_call, ask_judge, open_questions, withdraw_question
from mediation.live.entering import enter
from mediation.live.models import Consultation
from mediation.live.rooms import remove
from mediation.people.models import ProtectedPair
from mediation.sessions.models import Participant
from tests.live.hall import Hall, second_judge


async def ask(hall: Hall, question: str = "抚养费能不能抵路费？") -> str:
    """The host asks; gives the question's id."""
    asked: Consultation = await hall.do(ask_judge, "mediator", question)
    return asked.id


async def answered(hall: Hall, actor: StaffActor, question: str) -> str:
    """The code with which the judge is refused, or nothing."""
    try:
        session = await hall.database.write(lambda db: answer_call(db, actor, question))
    except MediationError as refused:
        return refused.code
    assert session == hall.session
    return ""


async def test_asked_answered_advised(hall: Hall) -> None:
    await hall.come("mediator")
    judge = hall.story.judge.actor()
    question = await ask(hall, " 抚养费能不能抵路费？ ")
    async with hall.database.read() as db:
        asked = [each.question for each, _case, _session in await open_questions(db, judge)]
    assert asked == ["抚养费能不能抵路费？"]
    assert await answered(hall, judge, question) == ""
    assert await answered(hall, judge, question) == ""  # a second click leads in again
    await hall.database.write(lambda db: advise(db, judge, question, " 是两回事。 "))
    async with hall.database.read() as db:
        stored = (await db.scalars(select(Consultation))).one()
    assert (stored.judge_staff_id, stored.advice) == (judge.staff_id, "是两回事。")
    assert {"judge_asked", "judge_answered", "advice_given"} <= set(await hall.journal())


async def test_a_judge_who_was_not_booked_is_expected_from_then_on(hall: Hall) -> None:
    await hall.come("mediator")
    judge = second_judge(hall.story)
    with pytest.raises(MediationError) as refused:
        await hall.database.write(lambda db: enter(db, judge, hall.session))
    assert refused.value.code == "not_expected"
    question = await ask(hall)
    assert await answered(hall, judge, question) == ""
    ident = await hall.database.write(lambda db: enter(db, judge, hall.session))
    async with hall.database.read() as db:
        participant = await db.get_one(Participant, ident)
    assert (participant.role.value, participant.side.value, participant.required) == ("judge", "neutral", False)


async def test_of_two_judges_one_takes_the_question(hall: Hall) -> None:
    await hall.come("mediator")
    question = await ask(hall)
    judges = [hall.story.judge.actor(), second_judge(hall.story)]
    codes = await asyncio.gather(*(answered(hall, judge, question) for judge in judges))
    assert sorted(codes) == ["", "question_taken"]
    late = judges[codes.index("question_taken")]
    with pytest.raises(MediationError) as refused:
        await hall.database.write(lambda db: advise(db, late, question, "我来说"))
    assert refused.value.code == "question_taken"


async def test_a_question_that_is_withdrawn_replaced_or_over_is_gone(hall: Hall) -> None:
    await hall.come("mediator")
    judge = hall.story.judge.actor()
    first = await ask(hall)
    second = await ask(hall, "那么换个问法")
    assert await answered(hall, judge, first) == "question_gone"
    await hall.do(withdraw_question, "mediator")
    assert await answered(hall, judge, second) == "question_gone"
    third = await ask(hall)
    await hall.over()
    assert await answered(hall, judge, third) == "question_gone"
    assert await hall.refused(ask_judge, "mediator", "还有人吗？") == "session_over"


async def test_who_may_not_answer(hall: Hall) -> None:
    await hall.come("mediator", "judge")
    question = await ask(hall)
    for member in (hall.story.mediator, hall.story.worker, hall.story.archivist):
        assert await answered(hall, member.actor(), question) == "not_allowed"
    assert await answered(hall, hall.story.judge.actor(), "no-such") == "question_not_found"
    await hall.do(remove, "mediator", "judge")
    assert await answered(hall, hall.story.judge.actor(), question) == "not_expected"


async def test_a_judge_who_is_kept_apart_from_a_party_is_not_called_in(hall: Hall) -> None:
    await hall.come("mediator")
    question, judge = await ask(hall), second_judge(hall.story)
    low, high = sorted((judge.person_id, hall.story.mother.person.id))

    async def pair(db: AsyncSession) -> None:
        db.add(ProtectedPair(low_person_id=low, high_person_id=high, reason="亲属", since=now()))

    await hall.database.write(pair)
    assert await answered(hall, judge, question) == "kept_apart"


async def test_advice_is_made_more_exact_until_the_case_is_closed(hall: Hall) -> None:
    await hall.come("mediator")
    question, judge = await ask(hall), hall.story.judge.actor()
    assert await answered(hall, judge, question) == ""
    for text in ("是两回事。", "是两回事，另外约定。"):
        await hall.database.write(lambda db, words=text: advise(db, judge, question, words))  # type: ignore[misc]
    close = update(CaseFile).where(CaseFile.id == hall.story.case.id).values(state=CaseState.CLOSED)
    await hall.database.write(lambda db: db.execute(close))
    with pytest.raises(MediationError) as refused:
        await hall.database.write(lambda db: advise(db, judge, question, "改一改"))
    assert refused.value.code == "case_closed"
    async with hall.database.read() as db:
        assert await db.scalar(select(Consultation.advice)) == "是两回事，另外约定。"


async def test_questions_and_advice_need_words(hall: Hall) -> None:
    await hall.come("mediator")
    assert await hall.refused(ask_judge, "mediator", " ") == "empty_text"
    assert await hall.refused(ask_judge, "mediator", "长" * 2001) == "text_too_long"
    question, judge = await ask(hall), hall.story.judge.actor()
    assert await answered(hall, judge, question) == ""
    for text, code in (("", "empty_text"), ("长" * 2001, "text_too_long")):
        with pytest.raises(MediationError) as refused:
            await hall.database.write(lambda db, words=text: advise(db, judge, question, words))  # type: ignore[misc]
        assert refused.value.code == code
