"""The outbox empties through a real mail server: once, in time, whole, and again after a crash."""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.links import renew
from mediation.invitations.lookups import LOOKUPS
from mediation.notifications import delivery
from mediation.notifications.models import Message, MessageKind, MessageState, Transport
from mediation.notifications.outbox import LINK, CalendarPart, enqueue, last_states, outbox_age, retry
from mediation.notifications.rules import ATTEMPTS
from mediation.people.models import Channel, Person
from mediation.people.queries import people_of
from mediation.sessions.models import MediationSession, SessionState
from tests.notifications.post import deliver, post_office, with_post
from tests.story import Story, tell

Told = tuple[Database, Story]


async def put(database: Database, person: Person, **more: object) -> Message:
    async def unit(db: AsyncSession) -> Message:
        values = {"subject": "预约", "text": f"您好。\n\n请点开:\n{LINK}\n", "link_path": "/sessions/1", **more}
        return await enqueue(db, MessageKind.NOTE, person.id, **values)  # type: ignore[arg-type]

    return await database.write(unit)


async def change(database: Database, person: Person, **values: object) -> None:
    async def unit(db: AsyncSession) -> None:
        row = await db.get_one(Person, person.id)
        for name, value in values.items():
            setattr(row, name, value)

    await database.write(unit)


async def row(database: Database, message: Message) -> Message:
    async with database.read() as db:
        return await db.get_one(Message, message.id)


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


async def test_a_message_leaves_once_with_its_link_filled_in(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    async with post_office() as office:
        message = await put(database, story.mother.person)
        assert await deliver(database, with_post(settings, office)) == 1
        assert await deliver(database, with_post(settings, office)) == 0
    (mail,) = office.mails
    assert mail["To"] == story.mother.person.email
    assert mail["From"] == "青禾市家事调解工作站 <post@tiao.example>"
    assert mail["Message-ID"] == message.message_id
    assert plain(mail) == "您好。\n\n请点开:\nhttp://127.0.0.1:8080/sessions/1\n"
    sent = await row(database, message)
    assert (sent.state, sent.transport, sent.attempts) == (MessageState.SENT, Transport.SMTP, 1)
    assert sent.text == f"您好。\n\n请点开:\n{LINK}\n"


async def test_nothing_leaves_when_the_unit_of_work_fails(story_on: Told, settings: Settings) -> None:
    database, story = story_on

    async def unit(db: AsyncSession) -> None:
        await enqueue(db, MessageKind.NOTE, story.mother.person.id, subject="预约", text="您好")
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(unit)
    assert await deliver(database, settings) == 0


async def test_a_crash_between_sending_and_marking_repeats_the_same_mail(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    part = CalendarPart("REQUEST", "uid-1", 3, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    async with post_office() as office:
        message = await put(database, story.mother.person, calendar=part)
        task = asyncio.create_task(deliver(database, with_post(settings, office)))
        office.when_taken = task.cancel  # dies before the server's 250 is marked
        with pytest.raises(asyncio.CancelledError):
            await task
        office.when_taken = lambda: None
        assert (await row(database, message)).state is MessageState.SENDING
        assert await deliver(database, with_post(settings, office)) == 0  # its lease is not over
        with clock.shifted(timedelta(minutes=3)):
            assert await deliver(database, with_post(settings, office)) == 1
    first, second = office.mails
    assert first["Message-ID"] == second["Message-ID"] == message.message_id
    assert first["Date"] == second["Date"]
    assert [part.get_content() for part in first.walk() if part.get_content_type() == "text/calendar"] == [
        part.get_content() for part in second.walk() if part.get_content_type() == "text/calendar"
    ]
    assert (await row(database, message)).state is MessageState.SENT


async def test_a_killed_server_repeats_the_mail_that_it_was_sending(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    async with post_office() as office:
        post = with_post(settings, office)
        message = await put(database, story.mother.person)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.notifications.one_delivery", stdin=asyncio.subprocess.PIPE
        )
        office.when_taken = process.kill  # the mail is taken, the process never hears so
        told = {"settings": post.model_dump_json(), "url": database.url}
        await process.communicate(json.dumps(told).encode())
        assert process.returncode == -signal.SIGKILL
        office.when_taken = lambda: None
        assert (await row(database, message)).state is MessageState.SENDING
        with clock.shifted(timedelta(minutes=3)):
            assert await deliver(database, post) == 1
    assert [mail["Message-ID"] for mail in office.mails] == [message.message_id] * 2
    assert (await row(database, message)).state is MessageState.SENT


async def test_a_passing_failure_backs_off_and_a_refusal_is_final(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    async with post_office() as office:
        post = with_post(settings, office)
        message = await put(database, story.mother.person)
        office.answer = "451 try later"
        pauses = []
        for _ in range(3):
            before = await row(database, message)
            with clock.shifted(max(before.next_attempt_at - now(), timedelta(0)) + timedelta(seconds=1)):
                assert await deliver(database, post) == 1
                pauses.append(round(((await row(database, message)).next_attempt_at - now()).total_seconds()))
        assert pauses == [15, 30, 60]
        office.answer = "550 no such person"
        with clock.shifted(timedelta(hours=1)):
            assert await deliver(database, post) == 1
        failed = await row(database, message)
        assert (failed.state, failed.problem) == (MessageState.FAILED, "SMTP 550")
        office.answer = "250 OK"
        await database.write(lambda db: retry(db, story.admin.actor(), message.id, people_of(story.admin.actor())))
        assert await deliver(database, post) == 1
    assert (await row(database, message)).state is MessageState.SENT


async def test_a_message_is_given_up_after_many_attempts(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    nobody = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"})
    message = await put(database, story.mother.person)
    for attempt in range(ATTEMPTS):
        with clock.shifted(timedelta(hours=2 * attempt)):
            assert await deliver(database, nobody) == 1
    assert (await row(database, message)).state is MessageState.FAILED


async def test_two_deliveries_at_once_send_each_message_once(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    async with post_office() as office:
        messages = [await put(database, story.mother.person) for _ in range(6)]
        await asyncio.gather(*(deliver(database, with_post(settings, office)) for _ in range(3)))
    assert sorted(mail["Message-ID"] for mail in office.mails) == sorted(each.message_id for each in messages)


async def test_a_newer_calendar_message_supersedes_the_unsent_older_one(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    async with post_office() as office:
        post = with_post(settings, office)
        first = await put(database, story.mother.person, calendar=CalendarPart("REQUEST", "uid-1", 0, calendar))
        other = await put(database, story.father.person, calendar=CalendarPart("REQUEST", "uid-2", 0, calendar))
        office.answer = "451 try later"
        await deliver(database, post)
        second = await put(database, story.mother.person, calendar=CalendarPart("CANCEL", "uid-1", 1, calendar))
        office.answer = "250 OK"
        with clock.shifted(timedelta(minutes=1)):
            await deliver(database, post)
    assert (await row(database, first)).state is MessageState.SUPERSEDED
    assert sorted(mail["Message-ID"] for mail in office.mails) == sorted([second.message_id, other.message_id])


async def test_an_older_message_that_fails_while_leaving_gives_way_to_the_newer(
    story_on: Told, settings: Settings
) -> None:
    database, story = story_on
    calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    first = await put(database, story.mother.person, calendar=CalendarPart("REQUEST", "uid-1", 0, calendar))
    claimed = await database.write(lambda db: delivery.claim(db, settings, LOOKUPS))
    assert claimed is not None
    assert claimed.message.id == first.id
    await put(database, story.mother.person, calendar=CalendarPart("REQUEST", "uid-1", 1, calendar))
    nobody = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"})
    with clock.shifted(timedelta(minutes=3)):
        await deliver(database, nobody)
    assert (await row(database, first)).state is MessageState.SUPERSEDED


async def test_safe_hours_postpone_and_never_drop(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    local = now().astimezone(settings.zone)
    begin, end = local + timedelta(hours=2), local + timedelta(hours=4)
    await change(database, story.mother.person, safe_from=begin.time(), safe_until=end.time())
    message = await put(database, story.mother.person)
    assert await deliver(database, settings) == 0
    postponed = await row(database, message)
    assert postponed.state is MessageState.QUEUED
    assert abs(postponed.next_attempt_at - begin) < timedelta(seconds=1)
    async with database.read() as db:
        assert await outbox_age(db) == 0
    with clock.shifted(timedelta(hours=2, seconds=5)):
        assert await deliver(database, settings) == 1
    assert (await row(database, message)).state is MessageState.SENT


INVITE, CANCEL = (CalendarPart(method, "uid-1", 0, "") for method in ("REQUEST", "CANCEL"))


@pytest.mark.parametrize(
    ("state", "part", "kind", "later", "then"),
    [
        (SessionState.BOOKED, INVITE, MessageKind.INVITATION, 90, "too_late"),
        (SessionState.BOOKED, INVITE, MessageKind.INVITATION, 30, "sent"),  # has begun: they may still come in
        (SessionState.LIVE, INVITE, MessageKind.CHANGE, 90, "sent"),  # runs longer than planned
        (SessionState.ENDED, INVITE, MessageKind.NEW_LINK, 30, "too_late"),
        (SessionState.CANCELLED, CANCEL, MessageKind.CANCELLATION, 30, "sent"),
        (SessionState.CANCELLED, CANCEL, MessageKind.CANCELLATION, 90, "too_late"),
        (SessionState.ENDED, None, MessageKind.PAPERS, 90, "sent"),  # about papers, not about the time
    ],
)
async def test_what_safe_hours_hold_back_beyond_the_session_does_not_leave(
    sqlite: Database, settings: Settings, state: SessionState, part: CalendarPart | None, kind: MessageKind, later: int,
    then: str,
) -> None:  # fmt: skip
    story = await tell(sqlite, now() + timedelta(minutes=5))  # for an hour
    local = now().astimezone(settings.zone) + timedelta(minutes=later)
    safe = {"safe_from": local.time(), "safe_until": (local + timedelta(minutes=10)).time()}
    await change(sqlite, story.mother.person, **safe)

    async def unit(db: AsyncSession) -> Message:
        session = await db.get_one(MediationSession, story.session.id)
        session.state = state
        session.ended_at = now() + timedelta(minutes=10) if state is SessionState.ENDED else None
        return await enqueue(
            db, kind, story.mother.person.id, subject="预约", text="您好", calendar=part,
            participant_id=story.mother.participant.id,
        )  # fmt: skip

    message = await sqlite.write(unit)
    await deliver(sqlite, settings)
    with clock.shifted(timedelta(minutes=later, seconds=5)):
        await deliver(sqlite, settings)
        async with sqlite.read() as db:
            assert await outbox_age(db) == 0
    told = await row(sqlite, message)
    assert (told.state.value, told.problem) == (then, "session_over" if then == "too_late" else "")


async def test_a_new_link_for_a_session_that_begins_late_leaves(sqlite: Database, settings: Settings) -> None:
    story = await tell(sqlite, now() - timedelta(hours=3))
    await sqlite.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
    assert await deliver(sqlite, settings) == 1


async def test_without_a_safe_channel_a_message_is_withheld(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    await change(database, story.mother.person, safe_channel=Channel.NONE)
    part = CalendarPart("REQUEST", "uid-1", 0, "")
    message = await put(database, story.mother.person, calendar=part, participant_id=story.mother.participant.id)
    assert await deliver(database, settings) == 0
    assert (await row(database, message)).state is MessageState.WITHHELD
    async with database.read() as db:
        states = await last_states(db, [story.mother.participant.id, story.father.participant.id])
    assert states == {story.mother.participant.id: MessageState.WITHHELD}


async def test_without_a_mail_server_mail_and_sms_go_to_folders(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    await change(database, story.father.person, safe_channel=Channel.SMS)
    mail = await put(database, story.mother.person)
    sms = await put(database, story.father.person, short_text=f"请点开 {LINK}")
    assert await deliver(database, settings) == 2
    (path,) = (settings.data_dir / "mail").glob("*.eml")
    assert path.read_bytes().startswith(b"Message-ID: " + mail.message_id.encode())
    (text,) = (settings.data_dir / "sms").glob("*.txt")
    assert text.read_text() == f"{story.father.person.phone}\n\n请点开 http://127.0.0.1:8080/sessions/1\n"
    assert (await row(database, mail)).transport is Transport.MAIL_FOLDER
    assert (await row(database, sms)).transport is Transport.SMS_FOLDER


async def test_neutral_mail_names_no_sender(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    async with post_office() as office:
        await put(database, story.mother.person, neutral=True)
        await deliver(database, with_post(settings, office))
    assert office.mails[0]["From"] == "post@tiao.example"


async def test_the_age_of_the_outbox_is_that_of_the_oldest_due_message(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    async with database.read() as db:
        assert await outbox_age(db) == 0
    await put(database, story.mother.person)
    nobody = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"})
    await deliver(database, nobody)
    with clock.shifted(timedelta(minutes=10)):
        async with database.read() as db:
            assert 600 <= await outbox_age(db) < 610
    async with database.read() as db:
        assert (await db.scalars(select(Message.state))).all() == [MessageState.QUEUED]
