"""What one person receives: their receiving connection with Janus. Its lines are fed by whom the lists name, or by nobody.

A line without a source is fed by the room's dummy, a publisher that sends nothing. So lines change their source without
a word to the browser, and the same stream goes on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from signaling.media.janus import sdp
from signaling.media.janus.handle import Handle, Reply
from signaling.media.janus.network import Network, Picture
from signaling.media.janus.publisher import Feed
from signaling.media.janus.reading import LineFigures
from signaling.media.janus.wire import Message, Refused
from signaling.media.sfu.layer import HIGHEST, NAMES
from signaling.media.sfu.track import ENOUGH

LONGER_SIDES = (320, 640)  # pixels of the lower layers of a camera of 1280
Wanted = tuple[str, str]


@dataclass
class Line:
    """One m-line; its mid is its number. `source` is what the lists let it carry, `fed` what Janus feeds it with: None
    when Janus took the source away because it ended.

    Nothing flows before the browser has `learned` whose line it is, or one person would be shown as another.
    """

    media: str
    given: Wanted | None
    fed: Feed | None
    learned: bool = False
    source: Feed | None = None

    @property
    def picture(self) -> bool:
        """Whether somebody's picture may be shown on it now."""
        return self.media == "video" and self.learned and self.source is not None


class Subscriber:
    """The receiving connection of the person called `name`; `number` is how the browser names it."""

    def __init__(self, name: str, handle: Handle, dummies: Mapping[str, Feed], sides: Mapping[str, int]) -> None:
        self.name, self.handle = name, handle
        self.number = str(secrets.randbits(50))
        self.sides = dict(sides)
        self.network = Network()
        self.lines: list[Line] = []
        self.unanswered = False
        self.up = False
        self._carried: set[str] = set()
        self._dummies = dummies
        self._layers: dict[str, int] = {}
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

    async def route(self, source_of: Callable[[Wanted], Feed | None]) -> bool:
        """Have every line fed by its source or by the dummy, cuts first; whether anything was cut. Raises Refused."""
        for line in self.lines:
            line.source = source_of(line.given) if line.given else None
        targets = [(str(mid), line, self._target(str(mid), line)) for mid, line in enumerate(self.lines)]
        changes = [(mid, line, feed) for mid, line, feed in targets if feed and feed != line.fed]
        cuts = [change for change in changes if change[1].fed not in (None, self._dummies[change[1].media])]
        resting = [(mid, line, self._dummies[line.media]) for mid, line, _ in cuts]
        if resting:
            await self._switch(resting)
        if any(line.fed not in (None, dummy) for _, line, dummy in resting):
            raise Refused(0, "a line was not cut")
        opening = [change for change in changes if change[2] != change[1].fed]
        if opening and not await self._opened(opening):
            for change in opening:
                await self._opened([change])
        await self._carry_extensions()
        await self._choose()
        return bool(resting)

    def rank(self, mid: str, line: Line) -> int:
        """The place of the layer that is to come on this line, -1 for none: the least of what tile and network want."""
        return min(self._most(line), self.network.rank(mid)) if line.picture else -1

    def taken(self) -> dict[str, int]:
        """The place of the layer that is to come of each source's camera."""
        return {
            line.given[0]: self.rank(str(mid), line)
            for mid, line in enumerate(self.lines)
            if line.given and line.given[1] == "video"
        }

    def layer(self, source: str, figures: Mapping[str, LineFigures]) -> str:
        """Which layer of this source's camera comes now, as PeerStats has it."""
        found = (number for number, line in enumerate(self.lines) if line.given == (source, "video"))
        mid = next(found, None)
        if mid is None or not self.lines[mid].picture or self.lines[mid].fed != self.lines[mid].source:
            return "off"
        layer = figures[str(mid)].layer if str(mid) in figures else None
        return NAMES[HIGHEST if layer is None else layer] if layer != -1 else "off"

    def look(self, now: float, figures: Mapping[str, LineFigures]) -> bool:
        """Judge the network by the figures of all lines; whether the lines have to be routed anew."""
        pictures = {
            mid: Picture(line.source.layered, self._most(line), figures[mid])
            for mid, line in ((str(number), line) for number, line in enumerate(self.lines))
            if line.picture and line.source and mid in figures and self._most(line) >= 0
        }
        return self.network.look(now, figures, pictures)

    def _most(self, line: Line) -> int:
        """The place of the least layer that is enough for the line's tile, -1 for one that isn't shown."""
        side = self.sides.get(line.given[0]) if line.given and line.given[1] == "video" else None
        if side is None:
            return HIGHEST
        if side <= 0:
            return -1
        return next((place for place, longer in enumerate(LONGER_SIDES) if side * ENOUGH <= longer), HIGHEST)

    async def _choose(self) -> None:
        """Take of every camera the layer that is to come; after a switch Janus takes the best one again."""
        wanted = {
            mid: self.rank(mid, line)
            for mid, line in ((str(number), line) for number, line in enumerate(self.lines))
            if line.fed and line.fed.layered
        }
        changed = {mid: place for mid, place in wanted.items() if self._layers.get(mid, HIGHEST) != place >= 0}
        if changed:
            streams = [{"mid": mid, "substream": place} for mid, place in changed.items()]
            await self.handle.ask("configure", {"streams": streams})
            self._layers |= changed

    async def _carry_extensions(self) -> None:
        """Janus carries voice levels and orientations only if a source had them when it offered: have it offer again.

        The browser was told of them from the beginning, so its last answer is the answer.
        """
        if self._answer and not self.unanswered and not self._sourced() <= self._carried:
            self._remember(await self.handle.ask("configure", {"update": True}))
            await self._start()

    def _target(self, mid: str, line: Line) -> Feed | None:
        shown = line.learned and (line.media == "audio" or self.rank(mid, line) >= 0)
        return (line.source if shown else None) or (self._dummies[line.media] if line.fed else None)

    async def _opened(self, changes: list[tuple[str, Line, Feed]]) -> bool:
        """Whether these sources were all there; one that ended just now is told as ended by an event."""
        try:
            await self._switch(changes)
        except Refused as refused:
            if not refused.gone:
                raise
            return False
        return True

    async def _switch(self, changes: list[tuple[str, Line, Feed]]) -> None:
        streams = [{"feed": feed.id, "mid": feed.mid, "sub_mid": mid} for mid, _, feed in changes]
        reply = await self.handle.ask("switch", {"streams": streams})
        # Janus skips without a word what it can't switch; but it tells what feeds each line now.
        if "streams" not in reply.data:
            raise Refused(0, "nothing is told of the lines")
        there = {one.get("mid"): (one.get("feed_id"), one.get("feed_mid")) for one in reply.data["streams"]}
        for mid, line, feed in changes:
            now = there.get(mid, (None, None))
            line.fed = feed if now == (feed.id, feed.mid) else line.fed if now[0] else None
            self._layers.pop(mid, None)
        if reply.sdp and self._answer:
            # A line that Janus had emptied was used again: to Janus a negotiation, to the browser nothing new.
            self._remember(reply)
            await self._start()

    def lost(self, feed: str) -> None:
        """This feed ended, and Janus took it from the lines."""
        for line in self.lines:
            if line.fed and line.fed.id == feed:
                line.fed = None
