"""Hands, quiet signals, the server's mute, leave to share a screen; and the identity check."""

import pytest
from sqlalchemy import select

from mediation.live.entering import leave
from mediation.live.identity import DOCUMENTS, confirm_identity
from mediation.live.rooms import admit, visit
from mediation.live.signals import SIGNALS, attend_to, mute, permit_screen, raise_hand, signal
from mediation.sessions.models import IdentityCheck
from tests.live.hall import Hall


async def test_a_hand_is_raised_lowered_and_seen_to(hall: Hall) -> None:
    await hall.seated()
    await hall.do(raise_hand, "mother", True)
    assert (await hall.seat("mother")).hand_raised_at is not None
    await hall.do(raise_hand, "mother", False)
    assert (await hall.seat("mother")).hand_raised_at is None
    await hall.do(raise_hand, "mother", True)
    await hall.do(signal, "mother", "rest")
    await hall.do(attend_to, "mediator", "mother")
    seat = await hall.seat("mother")
    assert (seat.hand_raised_at, seat.signal, seat.signalled_at) == (None, None, None)


@pytest.mark.parametrize("kind", SIGNALS)
async def test_a_signal_is_for_the_host_alone(small_hall: Hall, kind: str) -> None:
    hall = small_hall
    await hall.seated()
    await hall.do(admit, "mediator", "mother")
    await hall.do(admit, "mediator", "father")
    before = [await hall.view(name) for name in ("mother", "father")]
    await hall.do(signal, "mother", kind)
    told = {each["id"]: each["signal"] for each in (await hall.view("mediator"))["everybody"]}
    assert (told[hall.ids["mother"]], told[hall.ids["father"]]) == (kind, None)
    assert [await hall.view(name) for name in ("mother", "father")] == before
    assert await hall.refused(signal, "mother", "anything") == "unknown_signal"


async def test_mute_and_screen_are_kept_on_the_seat(hall: Hall) -> None:
    await hall.seated()
    await hall.do(mute, "mediator", "mother", True)
    await hall.do(permit_screen, "mediator", "father", True)
    assert [(await hall.seat(name)).muted for name in ("mother", "father")] == [True, False]
    assert [(await hall.seat(name)).may_share_screen for name in ("mother", "father")] == [False, True]
    await hall.do(mute, "mediator", "mother", False)
    await hall.do(permit_screen, "mediator", "father", False)
    assert not (await hall.seat("mother")).muted
    assert not (await hall.seat("father")).may_share_screen
    for verb in (mute, permit_screen):
        assert await hall.refused(verb, "mediator", "judge", True) == "not_seated"


async def test_signs_need_somebody_who_is_here(hall: Hall) -> None:
    assert await hall.refused(raise_hand, "mother", True) == "not_seated"
    await hall.seated()
    await hall.do(leave, "mother")
    for verb, args in ((raise_hand, (True,)), (signal, ("help",))):
        assert await hall.refused(verb, "mother", *args) == "not_seated"
        assert await hall.refused(verb, "stranger", *args) == "not_expected"
    await hall.over()
    assert await hall.refused(signal, "father", "help") == "session_over"


async def test_identity_is_confirmed_face_to_face_and_kept_masked(hall: Hall) -> None:
    await hall.come("mediator", "mother", "father")
    assert await hall.refused(confirm_identity, "mediator", "mother", "passport") == "not_with_them"
    await hall.do(visit, "mediator", "father")
    assert await hall.refused(confirm_identity, "mediator", "mother", "passport") == "not_with_them"
    await hall.do(visit, "mediator", "mother")
    assert await hall.refused(confirm_identity, "mediator", "mother", "library_card") == "unknown_document"
    for number in ("12345", "110101199001011234", "12-4", "四位数字"):
        assert await hall.refused(confirm_identity, "mediator", "mother", "passport", number) == "only_last_four"
    await hall.do(confirm_identity, "mediator", "mother", DOCUMENTS[0], "204X")
    await hall.do(confirm_identity, "mediator", "mother", DOCUMENTS[1], "9999")  # a second one changes nothing
    async with hall.database.read() as db:
        checks = list(await db.scalars(select(IdentityCheck)))
    assert [(check.document, check.number_masked, check.confirmed_by_staff_id) for check in checks] == [
        ("identity_card", "****204X", hall.story.mediator.staff.id)
    ]
    assert await hall.refused(confirm_identity, "mediator", "worker", "passport") == "not_seated"
