"""What one person receives: their receiving connection with Janus. Its lines are fed by whom the lists name, or by nobody.

A line without a source is fed by the room's dummy, a publisher that sends nothing. So lines change their source without
a word to the browser, and the same stream goes on.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from signaling.media.janus import sdp
from signaling.media.janus.handle import Handle, Reply
from signaling.media.janus.publisher import Feed
from signaling.media.janus.wire import Message, Refused

NO_SUCH_FEED = 428
BEST = 2
LONGER_SIDES = (320, 640)  # pixels of the lower layers of a camera of 1280
Wanted = tuple[str, str]

log = logging.getLogger(__name__)


@dataclass
class Line:
    """One m-line; its mid is its number. `fed` is None when Janus took the source away because it ended.

    Nothing flows before the browser has `learned` whose line it is, or one person would be shown as another.
    """

    media: str
    given: Wanted | None
    fed: Feed | None
    learned: bool = False


class Subscriber:
    """One receiving connection; `number` is how the browser names it."""

    def __init__(self, handle: Handle, dummies: dict[str, Feed]) -> None:
        self.handle = handle
        self.number = str(secrets.randbits(50))
        self.lines: list[Line] = []
        self.unanswered = False
        self.up = False
        self._carried: set[str] = set()
        self._dummies = dummies
        self._sides: dict[str, int] = {}
        self._substreams: dict[int, int] = {}
        self._offer = ""
        self._answer = ""
        self._version = 0

    def assign(self, wanted: Collection[Wanted]) -> list[Line]:
        """Give every wanted source a line, its own before or a free one; the lines that Janus doesn't have yet."""
        for line in self.lines:
            if line.given not in wanted:
                line.given = None
        missing = [one for one in wanted if all(line.given != one for line in self.lines)]
        new = []
        for source, kind in missing:
            media = "audio" if kind == "audio" else "video"
            free = next((line for line in self.lines if line.given is None and line.media == media), None)
            if free:
                free.given, free.learned = (source, kind), False
            else:
                new.append(Line(media, (source, kind), self._dummies[media]))
        return new

    async def open(self, lines: list[Line], room: Message) -> None:
        """The first offer of the connection, with these lines."""
        body = {"ptype": "subscriber", "streams": self._streams(lines), "autoupdate": False}
        self._offered(lines, await self.handle.ask("join", {**room, **body}))

    async def extend(self, lines: list[Line]) -> None:
        """A new offer with more lines."""
        self._offered(lines, await self.handle.ask("subscribe", {"streams": self._streams(lines)}))

    async def restart(self) -> None:
        """A new offer that restarts ICE."""
        self._offered([], await self.handle.ask("configure", {"restart": True}))

    def _streams(self, lines: list[Line]) -> list[Message]:
        return [{"feed": line.fed.id, "mid": line.fed.mid} for line in lines if line.fed]

    def _offered(self, lines: list[Line], reply: Reply) -> None:
        self.lines += lines
        self.unanswered = True
        self._remember(reply)

    def _remember(self, reply: Reply) -> None:
        self._offer = reply.sdp
        self._carried = self._sourced()

    def _sourced(self) -> set[str]:
        """The media of which a line has a source."""
        return {line.media for line in self.lines if line.fed not in (None, self._dummies[line.media])}

    def written(self) -> str:
        """The present offer for the browser, naming whose track each line carries."""
        self._version += 1
        return sdp.receiving(self._offer, [line.given for line in self.lines], int(self.number), self._version)

    async def accept(self, answer: str) -> None:
        """The browser's answer; one to an offer that only renamed lines concerns nobody but the browser."""
        self._answer = sdp.without_candidates(answer)
        if self.unanswered:
            await self._start()
            self.unanswered = False
        for line in self.lines:
            line.learned = True

    async def _start(self) -> None:
        await self.handle.ask("start", answer=self._answer)

    async def route(self, feed_of: Callable[[Wanted | None], Feed | None]) -> bool:
        """Have every line fed by its source or by the dummy, cuts first; whether anything was cut."""
        targets = [(str(mid), line, self._target(line, feed_of)) for mid, line in enumerate(self.lines)]
        changes = [(mid, line, feed) for mid, line, feed in targets if feed and feed != line.fed]
        cuts = [change for change in changes if change[1].fed not in (None, self._dummies[change[1].media])]
        resting = [(mid, line, self._dummies[line.media]) for mid, line, _ in cuts]
        if resting:
            await self._switch(resting)
        opening = [change for change in changes if change[2] != change[1].fed]
        if opening and not await self._opened(opening):
            for change in opening:
                await self._opened([change])
        await self._carry_extensions()
        await self._choose()
        return bool(resting)

    async def prefer(self, sides: Mapping[str, int]) -> None:
        """The longer side, in pixels, of the tile that shows each source's camera."""
        self._sides = dict(sides)
        await self._choose()

    async def _choose(self) -> None:
        """Take of every camera the substream that fits its tile; after a switch Janus gives the best one again."""
        wanted = {
            mid: _substream(self._sides[line.given[0]])
            for mid, line in enumerate(self.lines)
            if line.fed and line.given and line.given[1] == "video" and line.given[0] in self._sides
        }
        changed = {mid: sub for mid, sub in wanted.items() if self._substreams.get(mid, BEST) != sub}
        if changed:
            streams = [{"mid": str(mid), "substream": sub} for mid, sub in changed.items()]
            await self.handle.ask("configure", {"streams": streams})
            self._substreams |= changed

    async def _carry_extensions(self) -> None:
        """Janus carries voice levels and orientations only if a source had them when it offered: have it offer again.

        The browser was told of them from the beginning, so its last answer is the answer.
        """
        if self._answer and not self.unanswered and not self._sourced() <= self._carried:
            self._remember(await self.handle.ask("configure", {"update": True}))
            await self._start()

    def _target(self, line: Line, feed_of: Callable[[Wanted | None], Feed | None]) -> Feed | None:
        source = feed_of(line.given) if line.learned else None
        return source or (self._dummies[line.media] if line.fed else None)

    async def _opened(self, changes: list[tuple[str, Line, Feed]]) -> bool:
        """Whether these sources were all there; one that ended just now is told as ended by an event."""
        try:
            await self._switch(changes)
        except Refused as refused:
            if refused.code != NO_SUCH_FEED:
                raise
            return False
        return True

    async def _switch(self, changes: list[tuple[str, Line, Feed]]) -> None:
        streams = [{"feed": feed.id, "mid": feed.mid, "sub_mid": mid} for mid, _, feed in changes]
        reply = await self.handle.ask("switch", {"streams": streams})
        for mid, line, feed in changes:
            line.fed = feed
            self._substreams.pop(int(mid), None)
        if reply.sdp and self._answer:
            # A line that Janus had emptied was used again: to Janus a negotiation, to the browser nothing new.
            self._remember(reply)
            await self._start()

    def lost(self, feed: str) -> None:
        """This feed ended, and Janus took it from the lines."""
        for line in self.lines:
            if line.fed and line.fed.id == feed:
                line.fed = None


def _substream(side: int) -> int:
    return next((number for number, longer in enumerate(LONGER_SIDES) if side <= longer), BEST)
