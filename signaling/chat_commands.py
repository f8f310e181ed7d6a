"""Commands of the chat."""

from pydantic import Field

from mediation.live import chat
from signaling.commands import Args, Command


class Line(Args):
    """What is said; `key` is the sender's own name for it, so that a repeat is kept once."""

    text: str = Field(max_length=4000)
    key: str = Field(min_length=8, max_length=40)


class Answer(Line):
    """What the host answers into a waiting room."""

    participant_id: str = Field(max_length=16)


CHAT_COMMANDS = {
    "say": Command(Line, chat.say),
    "answer": Command(Answer, chat.answer),
}
