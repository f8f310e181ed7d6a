"""What the texts of a case are called where words were found; message ids."""

from mediation.i18n import marked

PART: dict[str, str] = {
    "number": marked("Number"),
    "court_number": marked("Court case number"),
    "summary": marked("What it is about"),
    "reason": marked("Reason"),
    "party": marked("Party"),
    "clause": marked("Agreement, clause %(number)s"),
    "minutes": marked("Minutes of session %(number)s"),
    "advice": marked("The judge's advice"),
}
