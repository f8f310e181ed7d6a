"""The words for cases: kinds of dispute, states, outcomes, parties, documents. Pure, so that rules may use them."""

from enum import StrEnum


class DisputeKind(StrEnum):
    """Kind of dispute."""

    VISITING = "visiting"
    CUSTODY = "custody"
    CHILD_SUPPORT = "child_support"
    DIVORCE = "divorce"
    PROPERTY = "property"
    MAINTENANCE = "maintenance"
    INHERITANCE = "inheritance"
    OTHER = "other"


class CaseState(StrEnum):
    """Where a case file stands."""

    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    """Result of a mediation (法释〔2021〕23号 art. 25)."""

    AGREED = "agreed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"


class PartyRole(StrEnum):
    """What a party is to the dispute."""

    APPLICANT = "applicant"
    RESPONDENT = "respondent"


class DocumentKind(StrEnum):
    """What a document is in the standard bundle 调解卷宗."""

    INTAKE = "intake"
    CONSENTS = "consents"
    IDENTITY = "identity"
    ATTENDANCE = "attendance"
    MINUTES = "minutes"
    AGREEMENT = "agreement"
    CLOSING_STATEMENT = "closing_statement"
