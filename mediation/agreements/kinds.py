"""The words of agreements: states, kinds of clauses, answers, manners of signing."""

from enum import StrEnum


class AgreementState(StrEnum):
    """Where an agreement stands; moves are a table in rules.py."""

    DRAFTING = "drafting"
    OFFERED = "offered"
    EFFECTIVE = "effective"
    VOID = "void"


class ClauseKind(StrEnum):
    """What a clause is built from: fields that are checked for clarity, or words of one's own."""

    VISITING = "visiting"
    FREE = "free"


class Matter(StrEnum):
    """What a clause is about, as far as the law asks: who may sign it online, what a court may confirm."""

    ORDINARY = "ordinary"
    MARRIAGE = "marriage"
    PARENTAGE = "parentage"
    ADOPTION = "adoption"
    INHERITANCE = "inheritance"
    TITLE = "title"


class Answer(StrEnum):
    """What a party says to a clause."""

    AGREE = "agree"
    UNCLEAR = "unclear"
    DISAGREE = "disagree"


class Manner(StrEnum):
    """How somebody signed: drew their name, or typed it; both are confirmed by a code."""

    DRAWN = "drawn"
    TYPED = "typed"
