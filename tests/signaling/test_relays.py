"""Rights to use the relay: for those with a seat, for an hour at most, without a word about whose they are."""

import base64
import hmac
import time

import pytest
from pydantic import ValidationError

from mediation.config import BadSettings, Settings, read_settings
from signaling.relays import credentials
from tests.signaling.hub import Hub

URLS = "turn:turn.mediation.example:3478?transport=udp,turns:turn.mediation.example:443?transport=tcp"
SECRET = "a secret of sixteen or more"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"turn_urls": URLS, "turn_secret": SECRET})


async def test_everybody_with_a_seat_gets_a_right_of_their_own(hub: Hub) -> None:
    rights = {}
    for tab in await hub.come("mediator", "mother", "father"):
        right = await tab.do("relay")
        (server,) = right["servers"]
        assert server["urls"] == URLS.split(",")
        expires, _, opaque = server["username"].partition(":")
        assert 0 < int(expires) - time.time() <= right["seconds"] + 1 <= 3601
        signed = hmac.digest(SECRET.encode(), server["username"].encode(), "sha1")
        assert base64.b64decode(server["credential"]) == signed
        rights[tab.name] = opaque
    assert len(set(rights.values())) == 3
    for name, opaque in rights.items():
        assert hub.hall.ids[name] not in opaque
        assert opaque not in hub.hall.ids[name]


async def test_who_left_gets_none(hub: Hub) -> None:
    (mother,) = await hub.come("mother")
    await mother.do("leave")
    assert await mother.refusal("relay") == "not_seated"


def test_a_person_keeps_one_name_and_another_secret_gives_another() -> None:
    assert credentials(SECRET, "p1", 7)[0].partition(":")[2] == credentials(SECRET, "p1", 8)[0].partition(":")[2]
    assert credentials(SECRET, "p1", 7)[0] != credentials("another secret of ours", "p1", 7)[0]
    assert credentials(SECRET, "p1", 7)[1] != credentials(SECRET, "p1", 8)[1]


@pytest.mark.parametrize(
    "given",
    [
        {"TURN_URLS": URLS},
        {"TURN_SECRET": SECRET},
        {"TURN_URLS": URLS, "TURN_SECRET": "short"},
        {"TURN_URLS": "https://turn.mediation.example", "TURN_SECRET": SECRET},
        {"TURN_URLS": "turn:turn.mediation.example, turn:other", "TURN_SECRET": SECRET},
        {"TURN_URLS": "turn:turn.mediation.example?transport=sctp", "TURN_SECRET": SECRET},
    ],
)
def test_settings_that_cannot_work_end_the_start(given: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="TURN_"):
        read_settings(given)


def test_the_secret_is_not_told_when_settings_are_refused() -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({"TURN_SECRET": SECRET})
    assert SECRET not in str(refused.value)
    with pytest.raises(ValidationError):
        Settings(turn_secret=SECRET)
