"""Who reads what was said is fixed when it is said."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.errors import MediationError
from mediation.live.chat import LONGEST, SHOWN, answer, lines_for, say
from mediation.live.models import ChatLine
from mediation.live.rooms import dismiss, pause, recall, unpause, visit
from mediation.live.seating import load
from tests.live.hall import Hall


async def reads(hall: Hall, name: str) -> list[str]:
    """The texts that somebody reads now."""
    async with hall.database.read() as db:
        lines: list[ChatLine] = await lines_for(db, await load(db, hall.session), hall.ids[name])
    return [line.text for line in lines]


async def test_a_line_is_read_by_those_in_the_room_when_it_was_said(hall: Hall) -> None:
    await hall.seated()
    await hall.do(say, "mother", "我到了", "key-mother-1")
    assert [await reads(hall, name) for name in ("mother", "mediator", "father")] == [["我到了"], ["我到了"], []]
    await hall.do(answer, "mediator", "mother", "请稍等", "key-host-1")
    assert await reads(hall, "mother") == ["我到了", "请稍等"]
    await hall.do(recall, "mediator", [hall.ids["mother"]])
    await hall.do(say, "mother", "大家好", "key-mother-2")
    await hall.do(recall, "mediator", [hall.ids["father"]])
    await hall.do(say, "father", "好", "key-father-1")
    assert await reads(hall, "father") == ["好"]  # what was said before he came in is not his to read
    assert await reads(hall, "mother") == ["大家好", "好"]
    assert await reads(hall, "mediator") == ["我到了", "请稍等", "大家好", "好"]
    await hall.do(dismiss, "mediator", "mother")
    assert await reads(hall, "mother") == ["我到了", "请稍等"]
    await hall.do(visit, "mediator", "mother")
    assert await reads(hall, "mediator") == ["我到了", "请稍等"]


async def test_a_repeated_sending_is_kept_once(hall: Hall) -> None:
    await hall.seated()
    for _ in range(3):
        await hall.do(say, "mother", "我到了", "key-mother-1")
    assert await reads(hall, "mother") == ["我到了"]


async def test_what_can_not_be_said(hall: Hall) -> None:
    await hall.seated()
    refusals = {
        "empty_text": ("  ", "key-0001"),
        "text_too_long": ("长" * (LONGEST + 1), "key-0001"),
        "invalid_key": ("好", ""),
    }
    for code, args in refusals.items():
        assert await hall.refused(say, "mother", *args) == code
        assert await hall.refused(answer, "mediator", "mother", *args) == code
    assert await hall.refused(say, "stranger", "好", "key-0001") == "not_expected"
    assert await hall.refused(say, "judge", "好", "key-0001") == "not_seated"
    await hall.do(recall, "mediator", [hall.ids["mother"]])
    assert await hall.refused(answer, "mediator", "mother", "好", "key-0001") == "not_waiting"
    await hall.over()
    assert await hall.refused(say, "mother", "好", "key-0001") == "session_over"
    assert await reads(hall, "mediator") == []


async def test_nobody_is_left_alone_with_others_in_writing(hall: Hall) -> None:
    await hall.seated()
    await hall.come("judge")
    both = [hall.ids["mother"], hall.ids["father"]]
    await hall.do(recall, "mediator", both)
    await hall.do(visit, "mediator", "judge")
    assert await hall.refused(say, "father", "你等着", "key-father-1") == "room_closed"
    await hall.do(say, "judge", "您好", "key-judge-1")  # a waiting room is a line to the host
    await hall.do(recall, "mediator", both)
    await hall.do(say, "father", "好", "key-father-1")
    await hall.do(pause, "mediator", None)
    assert await hall.refused(say, "father", "你等着", "key-father-2") == "room_closed"
    await hall.do(say, "mediator", "再等五分钟", "key-host-1")
    await hall.do(unpause, "mediator")
    await hall.do(say, "father", "谢谢", "key-father-2")
    assert await reads(hall, "mother") == ["好", "再等五分钟", "谢谢"]


async def test_lines_of_another_room_push_nothing_out(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.do(say, "mother", "最早的一句", "key-mother-1")
    await hall.do(recall, "mediator", [hall.ids["father"]])

    async def talk(db: AsyncSession) -> None:
        for number in range(SHOWN + 10):
            await say(db, hall.actors["father"], hall.session, f"第{number}句", f"key-father-{number}")

    await hall.database.write(talk)
    assert await reads(hall, "mother") == ["最早的一句"]
    assert len(await reads(hall, "father")) == SHOWN


async def test_a_pair_in_one_room_reads_nothing_of_each_other(small_hall: Hall) -> None:
    """No verb seats them together; what is written still keeps them apart."""
    hall = small_hall
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await hall.story.protect(hall.database)  # rows only: as if a move had not happened yet
    try:
        await hall.do(say, "mother", "秘密", "key-mother-1")
    except MediationError as refused:
        raise AssertionError(refused.code) from refused
    assert await reads(hall, "father") == []
    assert await reads(hall, "mediator") == ["秘密"]
