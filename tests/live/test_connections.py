"""The connection log: what is written, what a clerk reads of it, and that nobody but staff does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now, shifted
from mediation.i18n import speaking
from mediation.live import connections, wording
from mediation.live.connection_log import Logged, lines, log_of, quality
from mediation.live.entering import enter, leave
from mediation.live.kinds import Ending
from mediation.live.models import ConnectionSample, ConnectionSpan
from mediation.live.quality import Sample, kept
from mediation.live.rooms import remove
from mediation.sessions.models import MediationSession
from tests.live.hall import Hall

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


async def connect(hall: Hall, name: str, before: Ending = Ending.BROKEN_OFF) -> str:
    """Somebody's page is connected; gives the span."""
    return await hall.database.write(lambda db: connections.began(db, hall.session, hall.ids[name], before))


async def lose(hall: Hall, span: str, why: Ending, ago: float = 0) -> None:
    at = now() - timedelta(seconds=ago)
    await hall.database.write(lambda db: connections.lost(db, span, why, at))


async def logs(hall: Hall) -> dict[str, Logged]:
    """Everybody's log by name."""
    names = {ident: name for name, ident in hall.ids.items()}
    async with hall.database.read() as db:
        session = await db.get_one(MediationSession, hall.session)
        return {names[each.participant.id]: each for each in await log_of(db, session)}


async def steps(hall: Hall, name: str) -> list[str]:
    """Somebody's log as causes; a loss with a star when they were back."""
    told = (await logs(hall))[name].lines
    return [f"{line.why.value if line.why else line.step.value}{'*' if line.back_at else ''}" for line in told]


async def test_coming_losing_and_coming_back(hall: Hall) -> None:
    await hall.come("mother")
    first = await connect(hall, "mother")
    await lose(hall, first, Ending.NETWORK_SILENT)
    await lose(hall, first, Ending.PAGE_CLOSED)  # the socket follows; why it was lost is known already
    assert await steps(hall, "mother") == ["joined", "network_silent"]
    with shifted(timedelta(seconds=72)):
        await connect(hall, "mother")
        (line,) = (await logs(hall))["mother"].losses
        assert line.back_at is not None
        assert timedelta(seconds=72) <= line.back_at - line.at < timedelta(seconds=90)
    assert await steps(hall, "mother") == ["joined", "network_silent*"]


async def test_a_second_tab_takes_over_without_a_gap(small_hall: Hall) -> None:
    hall = small_hall
    await hall.come("mother")
    old = await connect(hall, "mother")
    await connect(hall, "mother", Ending.SECOND_TAB)
    await lose(hall, old, Ending.PAGE_CLOSED)  # the first tab's socket ends late: the second is still there
    assert await steps(hall, "mother") == ["joined", "second_tab*"]
    assert (await logs(hall))["mother"].losses == []


async def test_leaving_and_being_taken_out(small_hall: Hall) -> None:
    hall = small_hall
    await hall.come("mediator", "mother", "father")
    mother, _father = await connect(hall, "mother"), await connect(hall, "father")
    await hall.do(leave, "mother")
    assert await connect(hall, "mother") == ""  # an open page of somebody who left is no connection
    await lose(hall, mother, Ending.BROKEN_OFF)
    await hall.do(remove, "mediator", "father")
    assert await steps(hall, "mother") == ["joined", "left"]
    assert await steps(hall, "father") == ["joined", "removed"]
    await hall.do(enter, "mother")
    await connect(hall, "mother")
    assert await steps(hall, "mother") == ["joined", "left", "came_back"]


async def test_a_server_that_died_closes_what_it_left_open_when_it_was_last_seen(hall: Hall) -> None:
    await hall.come("mother", "father")
    mother = await connect(hall, "mother")
    gone = await connect(hall, "father")
    await lose(hall, gone, Ending.PAGE_CLOSED)
    with shifted(timedelta(seconds=30)):
        await hall.database.write(lambda db: connections.seen(db, [mother, gone]))
    with shifted(timedelta(seconds=60)):
        await hall.database.write(connections.server_restarted)
        await connect(hall, "mother")
    assert await steps(hall, "mother") == ["joined", "server_restarted*"]
    assert await steps(hall, "father") == ["joined", "page_closed"]
    (line,) = (await logs(hall))["mother"].losses
    assert line.back_at is not None
    assert 29 <= (line.back_at - line.at).total_seconds() <= 40


async def test_media_that_stayed_silent_was_given_up(small_hall: Hall) -> None:
    hall = small_hall
    await hall.come("mother")
    span = await connect(hall, "mother")
    await hall.database.write(lambda db: connections.given_up(db, span))
    assert await steps(hall, "mother") == ["joined"]
    await lose(hall, span, Ending.MEDIA_SILENT, ago=30)
    await hall.database.write(lambda db: connections.given_up(db, span))
    assert await steps(hall, "mother") == ["joined", "consent_expired"]


async def test_an_open_connection_ends_with_its_session(small_hall: Hall) -> None:
    hall = small_hall
    await hall.come("mother")
    await connect(hall, "mother")
    await hall.over()
    assert await steps(hall, "mother") == ["joined", "session_over"]


async def test_figures_are_kept_in_a_row_and_told_in_a_line(hall: Hall) -> None:
    await hall.come("mother")
    await connect(hall, "mother")
    mother = hall.ids["mother"]
    good = [Sample(now(), True, 40, 0.0, 800, 600, "high") for _ in range(3)]
    later = now() + timedelta(seconds=30)
    bad = [*(replace(each, at=later) for each in good), Sample(later, True, 340, 0.25, 100, 600, "low")]
    silent = [Sample(now() + timedelta(seconds=60), False)]
    rows = [kept(mother, each) for each in (good, bad, silent)]
    assert [(row.round_trip, row.loss, row.rate_in, row.layer) for row in rows] == [
        (40, 0, 800, "high"),
        (115, 250, 625, "low"),
        (None, None, 0, None),
    ]
    for written in ([kept(mother, good[:1])], rows, [kept(mother, silent)]):  # a row that grew is written again
        await hall.database.write(lambda db, w=written: connections.sampled(db, w))  # type: ignore[misc]
    async with hall.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(ConnectionSample)) == len(rows)
    told = (await logs(hall))["mother"].quality
    assert told is not None
    with speaking("en"):
        assert wording.measured(told) == (
            "round trip 115 ms, at worst 115 ms; lost packets 25 %, at worst 25 %; "
            "pictures of others full, at worst small; sent 800 kbit/s"
        )


def test_waiting_without_a_call_lowers_no_bitrate() -> None:
    waiting, talking = Sample(START, False), Sample(START, True, rate_in=600)
    told = quality([kept("p", [each]) for each in (*[waiting] * 9, *[talking] * 3)])
    assert told is not None
    assert (told.rate, told.media) == (600, True)


async def test_somebody_from_whom_nothing_came(small_hall: Hall) -> None:
    await small_hall.come("mother")
    await connect(small_hall, "mother")
    row = kept(small_hall.ids["mother"], [Sample(now(), False)])
    await small_hall.database.write(lambda db: connections.sampled(db, [row]))
    told = (await logs(small_hall))["mother"].quality
    assert told is not None
    with speaking("en"):
        assert wording.measured(told) == "No sound or picture came from this person."


def span(begin: float, end: float | None, why: Ending | None = None) -> ConnectionSpan:
    """Seconds after START."""
    ended = None if end is None else START + timedelta(seconds=end)
    return ConnectionSpan(began_at=START + timedelta(seconds=begin), ended_at=ended, ending=why)


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        (
            [span(60, 240, Ending.NETWORK_SILENT), span(312, None)],
            ["10:01 joined", "10:04 connection lost: the network of this person was silent; back after 1 min 12 s",
             "11:00 the session was over"],
        ),
        (
            [span(0, 600, Ending.BROKEN_OFF)],
            ["10:00 joined", "10:10 connection lost: it broke off in the middle; did not come back"],
        ),
        (
            [span(0, 60, Ending.SERVER_RESTARTED), span(69, 1800, Ending.LEFT), span(2400, 3599, Ending.SESSION_OVER)],
            ["10:00 joined", "10:01 connection lost: the workstation was restarted; back after 9 s",
             "10:30 left the session", "10:40 came back", "10:59 the session was over"],
        ),
        # What happened after the end is no part of the session.
        ([span(0, 3700, Ending.PAGE_CLOSED), span(3710, None)], ["10:00 joined", "11:00 the session was over"]),
    ],
)  # fmt: skip
def test_in_words_that_a_clerk_understands(spans: list[ConnectionSpan], told: list[str]) -> None:
    over = START + timedelta(hours=1)
    with speaking("en"):
        assert [wording.told(line, f"{line.at + timedelta(hours=8):%H:%M}") for line in lines(spans, over)] == told


def test_in_chinese() -> None:
    (_joined, lost, _over) = lines([span(60, 240, Ending.NETWORK_SILENT), span(312, None)], START + timedelta(hours=1))
    with speaking("zh"):
        assert wording.told(lost, "10:04") == "10:04 断线：这一方的网络没有动静；1 分 12 秒后接回"


async def test_the_rows_are_written_or_not_with_what_they_tell(small_hall: Hall) -> None:
    await small_hall.come("mother")

    async def broken(db: AsyncSession) -> None:
        await connections.began(db, small_hall.session, small_hall.ids["mother"], Ending.BROKEN_OFF)
        raise LookupError

    with pytest.raises(LookupError):
        await small_hall.database.write(broken)
    async with small_hall.database.read() as db:
        assert (await db.scalars(select(ConnectionSpan))).all() == []
