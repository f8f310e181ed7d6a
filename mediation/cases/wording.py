"""How kinds, states and roles of cases are called; message ids, to be translated for the reader."""

from mediation.cases.models import CaseState, DisputeKind, DocumentKind, Outcome, PartyRole
from mediation.i18n import marked

DISPUTE: dict[DisputeKind, str] = {
    DisputeKind.VISITING: marked("Visiting a child"),
    DisputeKind.CUSTODY: marked("Custody"),
    DisputeKind.CHILD_SUPPORT: marked("Child support"),
    DisputeKind.DIVORCE: marked("Divorce"),
    DisputeKind.PROPERTY: marked("Division of property"),
    DisputeKind.MAINTENANCE: marked("Support of parents"),
    DisputeKind.INHERITANCE: marked("Inheritance"),
    DisputeKind.OTHER: marked("Another family dispute"),
}
STATE: dict[CaseState, str] = {CaseState.OPEN: marked("In progress"), CaseState.CLOSED: marked("Closed")}
OUTCOME: dict[Outcome, str] = {
    Outcome.AGREED: marked("Agreement reached"),
    Outcome.FAILED: marked("No agreement"),
    Outcome.WITHDRAWN: marked("Withdrawn"),
    Outcome.TERMINATED: marked("Terminated"),
}
PARTY: dict[PartyRole, str] = {
    PartyRole.APPLICANT: marked("Applicant"),
    PartyRole.RESPONDENT: marked("Respondent"),
}
DOCUMENT: dict[DocumentKind, str] = {
    DocumentKind.INTAKE: marked("Intake form"),
    DocumentKind.CONSENTS: marked("Rights explained and consents"),
    DocumentKind.IDENTITY: marked("Identity check"),
    DocumentKind.ATTENDANCE: marked("Attendance"),
    DocumentKind.MINUTES: marked("Minutes"),
    DocumentKind.AGREEMENT: marked("Agreement"),
    DocumentKind.CLOSING_STATEMENT: marked("Closing statement"),
}
