"""Commands that move people, and the host's other decisions."""

from pydantic import AwareDatetime, Field

from mediation.live import consulting, entering, identity, loss, rooms, signals
from mediation.sessions.models import Side
from signaling.commands import Args, Command, Nothing


class Target(Args):
    """Somebody in the session."""

    participant_id: str = Field(max_length=16)


class OneSide(Args):
    """A side of the dispute."""

    side: Side


class Sides(Args):
    """The sides that join the judge consultation; often none."""

    sides: list[Side] = Field(default_factory=list, max_length=2)


class People(Args):
    """Everybody who comes into the main room."""

    participant_ids: list[str] = Field(min_length=1, max_length=20)


class Identity(Target):
    """The document that was shown, and at most the last four characters of its number."""

    document: str = Field(max_length=40)
    last_four: str = Field("", max_length=40)


class Until(Args):
    """When the session goes on, if it is known."""

    until: AwareDatetime | None = None


class At(Args):
    """When the next person's turn comes, or nothing to take it back."""

    at: AwareDatetime | None = None


class Topic(Args):
    """What is being talked about."""

    topic: str = Field("", max_length=120)


class Muted(Target):
    """Close or open a microphone for all."""

    muted: bool


class Permitted(Target):
    """Permit sharing the screen, or no longer."""

    permitted: bool


class Raised(Args):
    """The hand is up, or down again."""

    raised: bool


class Signal(Args):
    """One of live.signals.SIGNALS."""

    kind: str = Field(max_length=20)


class Question(Args):
    """A question for a judge."""

    question: str = Field(max_length=4000)


ROOM_COMMANDS = {
    "admit": Command(Target, rooms.admit),
    "dismiss": Command(Target, rooms.dismiss),
    "visit": Command(Target, rooms.visit),
    "go_to_main": Command(Nothing, rooms.go_to_main),
    "caucus": Command(OneSide, rooms.hold_caucus),
    "recall": Command(People, rooms.recall),
    "consult": Command(Sides, rooms.consult_judge),
    "separate": Command(Nothing, rooms.separate),
    "everybody_waits": Command(Nothing, rooms.everybody_waits),
    "remove": Command(Target, rooms.remove),
    "pause": Command(Until, rooms.pause),
    "unpause": Command(Nothing, rooms.unpause),
    "announce_time": Command(At, rooms.announce_time),
    "name_topic": Command(Topic, rooms.name_topic),
    "resume_rooms": Command(Nothing, loss.resume_rooms),
    "stay_parted": Command(Nothing, loss.stay_parted),
    "confirm_identity": Command(Identity, identity.confirm_identity),
    "mute": Command(Muted, signals.mute),
    "permit_screen": Command(Permitted, signals.permit_screen),
    "attend_to": Command(Target, signals.attend_to),
    "raise_hand": Command(Raised, signals.raise_hand),
    "signal": Command(Signal, signals.signal),
    "ask_judge": Command(Question, consulting.ask_judge),
    "withdraw_question": Command(Nothing, consulting.withdraw_question),
    "leave": Command(Nothing, entering.leave),
}
