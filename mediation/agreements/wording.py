"""How kinds, states and checks of agreements are called; message ids, to be translated for the reader."""

from collections.abc import Iterable

from mediation.agreements.kinds import AgreementState, Answer, Matter
from mediation.i18n import gettext, marked

STATE: dict[AgreementState, tuple[str, str]] = {
    AgreementState.DRAFTING: (marked("Being written"), "outline"),
    AgreementState.OFFERED: (marked("Waiting for signatures"), "wait"),
    AgreementState.EFFECTIVE: (marked("In effect"), "good"),
    AgreementState.VOID: (marked("Ended"), "grey"),
}
ANSWER: dict[Answer, str] = {
    Answer.AGREE: marked("agrees"),
    Answer.UNCLEAR: marked("did not understand it"),
    Answer.DISAGREE: marked("does not agree"),
}
OWN_ANSWER: dict[Answer, str] = {
    Answer.AGREE: marked("At %(clock)s you said: understood, I agree"),
    Answer.UNCLEAR: marked("At %(clock)s you said: not clear to me"),
    Answer.DISAGREE: marked("At %(clock)s you said: I do not agree"),
}
MATTER: dict[Matter, str] = {
    Matter.ORDINARY: marked("Everyday arrangement, money"),
    Matter.MARRIAGE: marked("Marriage or divorce"),
    Matter.PARENTAGE: marked("Who is whose parent"),
    Matter.ADOPTION: marked("Adoption"),
    Matter.INHERITANCE: marked("Inheritance"),
    Matter.TITLE: marked("Who owns something"),
}
CHECK: dict[str, str] = {
    "who": marked("Who"),
    "what": marked("What"),
    "when": marked("Time"),
    "where": marked("Place"),
    "if_not": marked("Remedy"),
}
REPEATS: list[tuple[str, str]] = [
    ("month_1", marked("Every month, the first")),
    ("month_2", marked("Every month, the second")),
    ("month_3", marked("Every month, the third")),
    ("month_4", marked("Every month, the fourth")),
    ("month_last", marked("Every month, the last")),
    ("weekly", marked("Every week, on")),
    ("fortnightly", marked("Every two weeks, on")),
]
WEEKDAY: list[tuple[str, str]] = [
    ("MO", marked("Monday")),
    ("TU", marked("Tuesday")),
    ("WE", marked("Wednesday")),
    ("TH", marked("Thursday")),
    ("FR", marked("Friday")),
    ("SA", marked("Saturday")),
    ("SU", marked("Sunday")),
]
ENDS_AFTER: list[tuple[str, str]] = [
    ("0", marked("The same day")),
    ("1", marked("The next day")),
    ("2", marked("Two days later")),
    ("3", marked("Three days later")),
    ("7", marked("A week later")),
    ("14", marked("Two weeks later")),
]
NO_CLAUSES = marked("The agreement has no clauses yet.")
STILL_UNCLEAR = marked("Something in a clause is not said yet.")


def translated(options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Values with their labels in the reader's language, for a select."""
    return [(value, gettext(label)) for value, label in options]
