"""What goes out to whom when a session is booked, changed, cancelled; compared with mails that anybody can read."""

import os
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.announce import announce_booked, announce_cancelled, announce_changed, announce_removed
from mediation.invitations.links import KEY, link_for, renew, revoke
from mediation.invitations.models import Invitation
from mediation.notifications.models import Message
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant
from mediation.tokens import load_key
from tests.notifications.post import PostOffice, deliver, post_office, with_post
from tests.story import Guest, Story, tell

GOLDEN = Path(__file__).parent / "golden"
START = datetime(2031, 11, 25, 6, 30, tzinfo=UTC)  # 下午 2:30 in Shanghai
Told = tuple[Database, Story]


@pytest.fixture
async def booked(database: Database) -> Told:
    """The story with a session at a fixed time; its guests have no invitations yet."""
    story = await tell(database, START)

    async def unit(db: AsyncSession) -> None:
        for guest in (story.mother, story.father):
            await db.delete(await db.get_one(Invitation, guest.invitation.id))

    await database.write(unit)
    return database, story


async def announce(database: Database, story: Story, what: object = announce_booked, **changes: object) -> None:
    async def unit(db: AsyncSession) -> None:
        session = await db.get_one(MediationSession, story.session.id)
        for name, value in changes.items():
            setattr(session, name, value)
        await what(db, session)  # type: ignore[operator]

    await database.write(unit)


async def mails_to(database: Database, settings: Settings, office: PostOffice, to: Person) -> list[EmailMessage]:
    await deliver(database, with_post(settings, office))
    return [mail for mail in office.mails if mail["To"] == to.email]


def calendar(mail: EmailMessage) -> Calendar:
    part = list(mail.walk())[-1]
    assert part.get_content_type() == "text/calendar"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    found = Calendar.from_ical(content)
    assert isinstance(found, Calendar)
    assert str(part.get_param("method")) == str(found["METHOD"])
    assert (part.get_param("charset"), part.get_param("component")) == ("UTF-8", "VEVENT")
    return found


async def link_of(database: Database, settings: Settings, guest: Guest) -> str:
    async with database.read() as db:
        found = await db.scalar(select(Invitation).where(Invitation.participant_id == guest.participant.id))
    assert found is not None
    return link_for(load_key(settings.keys, KEY), settings.base_url, found)


async def test_everybody_gets_one_mail_with_their_own_link_alone(booked: Told, settings: Settings) -> None:
    database, story = booked
    await announce(database, story)
    async with post_office() as office:
        await deliver(database, with_post(settings, office))
    assert len(office.mails) == 5
    assert len({mail["To"] for mail in office.mails}) == 5
    links = {guest.person.email: await link_of(database, settings, guest) for guest in (story.mother, story.father)}
    people = [story.mother.person, story.father.person]
    for mail in office.mails:
        everything = b"".join(part.get_payload(decode=True) or b"" for part in mail.walk() if not part.is_multipart())
        text = everything.decode().replace("\r\n ", "") + str(mail["Subject"])
        for email, link in links.items():
            assert (link.split("#")[1] in text) == (email == mail["To"])
        for person in people:
            assert person.name not in text
            if person.email != mail["To"]:
                assert person.called not in text
                assert person.email not in text
        assert "孩子" not in text


async def test_the_invite_file_is_for_one_attendee_with_a_neutral_title(booked: Told, settings: Settings) -> None:
    database, story = booked
    await announce(database, story)
    async with post_office() as office:
        (mail,) = await mails_to(database, settings, office, story.mother.person)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    (event,) = calendar(mail).events
    link = await link_of(database, settings, story.mother)
    assert event["SUMMARY"] == "视频预约"
    assert str(event["ATTENDEE"]) == f"mailto:{story.mother.person.email}"
    assert str(event["ORGANIZER"]) == "mailto:post@tiao.example"
    assert (event.start, event.end) == (START, START + timedelta(hours=1))
    assert (str(event["LOCATION"]), str(event["CONFERENCE"])) == (link, link)
    assert link in event["DESCRIPTION"]
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")


async def test_the_attendee_is_whom_the_mail_goes_to_when_it_leaves(booked: Told, settings: Settings) -> None:
    database, story = booked
    await announce(database, story)

    async def moved(db: AsyncSession) -> None:
        mother = await db.get_one(Person, story.mother.person.id)
        mother.email = "safe.now@example.org"
        father = await db.get_one(Person, story.father.person.id)
        father.email = None
        assert not any(
            message.calendar_file and "@example.org" in message.calendar_file
            for message in await db.scalars(select(Message))
        )

    await database.write(moved)
    async with post_office() as office:
        await deliver(database, with_post(settings, office))
    (mail,) = [mail for mail in office.mails if mail["To"] == "safe.now@example.org"]
    assert str(calendar(mail).events[0]["ATTENDEE"]) == "mailto:safe.now@example.org"
    assert len(office.mails) == 4


async def test_sequence_counts_changes_and_cancels_and_not_resending(booked: Told, settings: Settings) -> None:
    database, story = booked
    later = START + timedelta(days=1)
    steps: list[tuple[object, dict[str, object]]] = [
        (announce_booked, {}),
        (announce_changed, {}),  # nothing changed: no mail
        (announce_changed, {"starts_at": later, "ends_at": later + timedelta(hours=1)}),
        (announce_cancelled, {}),
    ]
    async with post_office() as office:
        for what, changes in steps:
            await announce(database, story, what, **changes)
            mails = await mails_to(database, settings, office, story.mother.person)
    told = [(str(file["METHOD"]), file.events[0]["SEQUENCE"]) for file in map(calendar, mails)]
    assert told == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert len({str(calendar(mail).events[0]["UID"]) for mail in mails}) == 1
    assert [str(mail["Subject"])[:4] for mail in mails] == ["邀请您：", "改时间了", "取消了："]


async def test_a_new_link_raises_the_sequence_of_its_owner_alone(booked: Told, settings: Settings) -> None:
    database, story = booked
    await announce(database, story)
    async with post_office() as office:
        await mails_to(database, settings, office, story.mother.person)
        old = await link_of(database, settings, story.mother)
        await database.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
        _, mail = await mails_to(database, settings, office, story.mother.person)
        assert len(await mails_to(database, settings, office, story.father.person)) == 1
    (event,) = calendar(mail).events
    assert event["SEQUENCE"] == 1
    assert str(event["LOCATION"]) == await link_of(database, settings, story.mother) != old


async def test_whoever_is_removed_hears_nothing_and_whoever_is_added_is_invited(
    booked: Told, settings: Settings
) -> None:
    database, story = booked
    async with post_office() as office:

        async def without(db: AsyncSession) -> None:
            (await db.get_one(Participant, story.father.participant.id)).removed_at = START

        async def again(db: AsyncSession) -> None:
            (await db.get_one(Participant, story.father.participant.id)).removed_at = None

        await database.write(without)
        await announce(database, story)
        assert await mails_to(database, settings, office, story.father.person) == []
        await database.write(again)
        await announce(database, story, announce_changed)
        (mail,) = await mails_to(database, settings, office, story.father.person)
        assert len(await mails_to(database, settings, office, story.mother.person)) == 1
    assert str(calendar(mail)["METHOD"]) == "REQUEST"
    assert str(mail["Subject"]).startswith("邀请您")


async def test_a_new_time_gives_nobody_back_the_link_that_was_taken_back(booked: Told, settings: Settings) -> None:
    database, story = booked
    later = START + timedelta(days=1)
    await announce(database, story)
    async with post_office() as office:
        await mails_to(database, settings, office, story.mother.person)
        await database.write(lambda db: revoke(db, story.mediator.actor(), story.mother.participant.id))
        await announce(database, story, announce_changed, starts_at=later, ends_at=later + timedelta(hours=1))
        assert len(await mails_to(database, settings, office, story.mother.person)) == 1
        assert len(await mails_to(database, settings, office, story.father.person)) == 2
        await database.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
        _, mail = await mails_to(database, settings, office, story.mother.person)
    (event,) = calendar(mail).events
    assert (event["SEQUENCE"], event.start) == (1, later)
    assert str(event["LOCATION"]) == await link_of(database, settings, story.mother)


async def test_a_change_before_the_invitation_has_left_still_invites(booked: Told, settings: Settings) -> None:
    database, story = booked
    await announce(database, story)
    later = START + timedelta(days=1)
    await announce(database, story, announce_changed, starts_at=later, ends_at=later + timedelta(hours=1))
    async with post_office() as office:
        (mail,) = await mails_to(database, settings, office, story.mother.person)
    assert str(mail["Subject"]) == "邀请您：11月26日 星期三 下午 2:30"
    assert calendar(mail).events[0]["SEQUENCE"] == 1


async def announce_mother_removed(db: AsyncSession, session: MediationSession) -> None:
    mother = select(Participant).where(Participant.session_id == session.id, Participant.role == "applicant")
    await announce_removed(db, session, (await db.scalars(mother)).one())


@pytest.mark.parametrize(
    ("name", "locale", "neutral", "what"),
    [
        ("invitation_zh", "zh", False, announce_booked),
        ("invitation_en", "en", False, announce_booked),
        ("invitation_neutral_zh", "zh", True, announce_booked),
        ("cancellation_zh", "zh", False, announce_cancelled),
        ("cancellation_neutral_en", "en", True, announce_cancelled),
        ("removal_zh", "zh", False, announce_mother_removed),
        ("removal_neutral_en", "en", True, announce_mother_removed),
    ],
)
async def test_mails_read_as_they_should(
    sqlite: Database, settings: Settings, name: str, locale: str, neutral: bool, what: object
) -> None:
    story = await tell(sqlite, START)

    async def unit(db: AsyncSession) -> None:
        person = await db.get_one(Person, story.mother.person.id)
        person.locale, person.neutral_wording = locale, neutral

    await sqlite.write(unit)
    async with post_office() as office:
        await announce(sqlite, story)
        mails = await mails_to(sqlite, settings, office, story.mother.person)
        if what is not announce_booked:
            await announce(sqlite, story, what)
            mails = await mails_to(sqlite, settings, office, story.mother.person)
    link = await link_of(sqlite, settings, story.mother)
    told = readable(mails[-1]).replace(link, "<the personal link>")
    golden = GOLDEN / f"{name}.eml.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(told)
    assert told == golden.read_text()
    if neutral:
        assert not any(word in told for word in ("调解", "王", "妇联", "法院", "ediat", "ederation", "court"))


def readable(mail: EmailMessage) -> str:
    """The mail as a person reads it, and its invite file without what differs each time."""
    body = mail.get_body(("plain",))
    assert body is not None
    head = "".join(f"{name}: {mail[name]}\n" for name in ("From", "To", "Subject"))
    invite = list(mail.walk())[-1].get_payload(decode=True)
    assert isinstance(invite, bytes)
    lines = invite.decode().replace("\r\n ", "").replace("\r\n", "\n").splitlines()
    invite_text = "\n".join(line for line in lines if not line.startswith(("UID:", "DTSTAMP:")))
    return f"{head}\n{body.get_content()}\n--- {mail.get_content_type()}, last part ---\n{invite_text}\n".replace(
        "\r\n", "\n"
    )
