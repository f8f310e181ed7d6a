"""The parts of minutes."""

from enum import StrEnum

from mediation.i18n import marked


class Part(StrEnum):
    """What is written down, in this order. Undisputed facts stay binding, concessions do not (法释〔2021〕23号 art. 18, 22)."""

    FACTS = "facts"
    APPLICANT = "applicant"
    RESPONDENT = "respondent"
    COURSE = "course"
    ADVICE = "advice"
    RESULT = "result"


TITLE: dict[Part, str] = {
    Part.FACTS: marked("Undisputed facts"),
    Part.APPLICANT: marked("What the applicant says"),
    Part.RESPONDENT: marked("What the respondent says"),
    Part.COURSE: marked("How the mediation went"),
    Part.ADVICE: marked("Legal advice that was given"),
    Part.RESULT: marked("Result"),
}
