"""Commands about recording the main room."""

from functools import partial

from pydantic import Field

from mediation.config import Settings
from mediation.live import recording
from signaling.commands import Args, Command, Nothing


class Asked(Args):
    """The version of the text that was read."""

    version: str = Field(max_length=20)


class Answer(Asked):
    """Yes or no to that text."""

    given: bool


def recording_commands(settings: Settings) -> dict[str, Command]:
    """The table of these commands; where the setting is off, asking and starting are refused."""
    allowed, keep_days = settings.may_record, settings.recording_keep_days
    return {
        "ask_to_record": Command(Asked, partial(recording.ask_to_record, allowed=allowed)),
        "answer_recording": Command(Answer, recording.answer_recording),
        "start_recording": Command(Nothing, partial(recording.start_recording, allowed=allowed, keep_days=keep_days)),
        "stop_recording": Command(Nothing, recording.stop_recording),
    }
