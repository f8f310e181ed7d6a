"""The words for recordings. Pure, so that rules may use them."""

from enum import StrEnum


class Shows(StrEnum):
    """What a recorded file shows of its person."""

    PERSON = "person"  # voice and camera
    SCREEN = "screen"  # what they share


class End(StrEnum):
    """What ended a recording."""

    STOPPED = "stopped"  # the mediator
    NOT_EVERYBODY = "not_everybody"  # somebody in the main room does not, or no longer, agree
    ROOM_LEFT = "room_left"  # the main room is no longer open: caucus, consultation, pause, loss, nobody left
    SESSION_OVER = "session_over"
    FAILED = "failed"  # it could not be written
    INTERRUPTED = "interrupted"  # the server was restarted
