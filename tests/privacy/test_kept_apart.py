"""What reaches somebody of a person they are kept apart from: name, role and terms in their own agreement, nothing else.

Unique strings are planted on both sides, the whole story is played on a real server, and everything that any of the
four who came by a link received, pages, frames, session descriptions, mails, calendars and PDFs, is searched for them.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select

from mediation.cases.models import Outcome
from mediation.config import Settings
from mediation.journal.models import JournalEntry
from mediation.sessions.kinds import Mode
from tests.privacy.acting import (
    ACTED_SPELLED,
    Play,
    answer_the_invitation,
    close,
    collect_mails,
    draft,
    one_side_alone,
    read_and_sign,
    told,
)
from tests.privacy.planted import FACTS, OTHER, plant
from tests.signaling.hub import Hub

pytestmark = pytest.mark.timeout(180)

OWN_AGREEMENT = r"/i/[^/]+/agreement"  # page and PDF


@pytest.fixture
async def play(hub: Hub, settings: Settings) -> AsyncIterator[Play]:
    """The stage with everything planted; nobody has come yet."""
    async with AsyncExitStack() as stack:
        yield Play(hub, await plant(hub.hall.database, hub.hall.story), settings, stack)


@pytest.mark.parametrize(("mode", "first"), [(Mode.SHUTTLE, "mother"), (Mode.JOINT, "father")])
async def test_nothing_reaches_the_other_side(play: Play, mode: Mode, first: str) -> None:
    await play.hub.hall.set_session(mode=mode)
    await play.hub.hall.story.protect(play.database)
    await act(play, first)
    for name, other in OTHER.items():
        hidden = await play.planted.hidden(play.database, other)
        for reader in play.planted.side(name):
            harvest = play.harvest(reader)
            assert harvest.holding(hidden) == []
            assert harvest.holding(play.planted.names(other), allowed=OWN_AGREEMENT) == []
        assert play.harvest(name).holding(play.planted.names(other)) != []  # the agreement names who signs it
        assert play.harvest(f"{name}_companion").holding(play.planted.names(other)) == []
    nobody_reads_contact_data(play)
    # Who signed second must not learn when the other did.
    assert play.harvest(OTHER[first]).holding(ACTED_SPELLED[first]) == []
    await the_journal_names_nobody(play)
    await the_mediator_has_it_all(play)


async def test_without_protection_names_are_seen_but_no_contact_data(play: Play) -> None:
    await act(play, "mother")
    for name, other in OTHER.items():
        assert play.harvest(name).holding([FACTS[other]["called"]]) != []
        said = [word for who in play.planted.side(other) for word in play.planted.said[who]]
        assert play.harvest(name).holding(said) == []  # each was in caucus with the mediator
        assert play.harvest(name).holding(ACTED_SPELLED[other]) != []
    nobody_reads_contact_data(play)


async def act(play: Play, first: str) -> None:
    """The whole story; while it is one side's turn, nothing at all is sent to the other that waits."""
    second = OTHER[first]
    apart = bool((await play.hub.hall.live()).pairs)
    await answer_the_invitation(play)
    await play.crawl("answered")
    await play.come("mediator", "judge", second, f"{second}_companion")
    await play.settled()
    quiet = Quiet(play, play.planted.side(second))
    await play.come(first, f"{first}_companion")
    await play.call("mediator", first)
    await one_side_alone(play, first)
    await play.crawl("first alone")
    quiet.must_be(apart)
    await play.call(second)
    await one_side_alone(play, second)
    await play.settled()
    quiet = Quiet(play, play.planted.side(first))
    await play.tabs["mediator"].do("caucus", side="respondent" if second == "father" else "applicant")
    await play.tabs[second].do("leave")
    await play.settled()
    quiet.must_be(apart)
    await play.crawl("second alone")
    agreement = await draft(play)
    await play.crawl("offered", OTHER)
    await play.settled()
    quiet = Quiet(play, [second])
    before = play.frames(first)
    await read_and_sign(play, first, agreement)
    await told(play, first, before)
    quiet.must_be(apart)
    await play.crawl("first signed", OTHER)
    await read_and_sign(play, second, agreement)
    await play.crawl("in effect")
    await close(play, Outcome.AGREED)
    await play.crawl("closed", all_routes=True)
    await collect_mails(play)
    assert all(play.pages[name] > 20 for name in OTHER), play.pages


class Quiet:
    """From now on nothing may be sent to these people if they are kept apart from those who act; else they are told."""

    def __init__(self, play: Play, names: list[str]) -> None:
        self._play = play
        self._before = {name: play.frames(name) for name in names}

    def must_be(self, apart: bool) -> None:
        """Nothing was sent; or, as the proof that it could have been, something was."""
        now = {name: self._play.frames(name) for name in self._before}
        assert (now == self._before) is apart, self._newest()

    def _newest(self) -> list[str]:
        return [self._play.harvest(name).things[-1].text for name in self._before]


def nobody_reads_contact_data(play: Play) -> None:
    """No page, frame or paper of somebody who came by a link holds a phone, mail or postal address, even their own."""
    people = [*FACTS.values(), *({"email": f"{each}@example.org"} for each in ("pan", "chen", "zhou"))]
    reach = [facts[kind] for facts in people for kind in ("phone", "email", "address") if kind in facts]
    for name in play.guests:
        assert play.harvest(name).holding(reach, allowed="^mail") == []
        others = [each for each in reach if each != FACTS[name]["email"]]
        assert play.harvest(name).holding(others) == []


async def the_journal_names_nobody(play: Play) -> None:
    """It holds ids and masked values, whatever happened: nobody's name, nothing to reach them, nothing they said."""
    private = [facts[kind] for facts in FACTS.values() for kind in ("name", "called", "phone", "email", "address")]
    private += [sentence for said in play.planted.said.values() for sentence in said]
    async with play.database.read() as db:
        entries = list(await db.scalars(select(JournalEntry)))
    told = json.dumps([[entry.actor, entry.subject, entry.data] for entry in entries], ensure_ascii=False)
    assert [each for each in private if each in told] == []
    assert len({entry.action for entry in entries}) > 20


async def the_mediator_has_it_all(play: Play) -> None:
    """The proof that there was something to leak: the same crawl by the mediator finds what was planted."""
    await play.crawl("staff", ["mediator"], all_routes=True)
    harvest = play.harvest("mediator")
    for name in OTHER:
        person = play.planted.guests[name].person
        harvest.tell("contact", await play.post("mediator", f"/people/{person.id}/contact"))
        wanted = [*play.planted.said[name], *play.planted.names(name), *play.planted.companion_names(name)]
        wanted += [FACTS[name][fact] for fact in ("phone", "email", "address", "identity_number_masked")]
        wanted += [person.id, play.ident(name)]
        missing = [each for each in wanted if not harvest.holding([each])]
        assert missing == []
