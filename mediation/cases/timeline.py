"""The timeline of a case: the journal's entries of this case, one sentence each.

Every slice adds its actions to the table. A sentence may say `{who}` (the staff who acted), `{person}` and `{staff}` (the ids
under these names in the entry's data, told as they are called) and any other value of the data by its name. Actions that
are not in the table (looking, downloading, moves inside a live session) are in the journal alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, Staff
from mediation.cases.kinds import Outcome
from mediation.cases.models import CaseNote
from mediation.cases.wording import OUTCOME
from mediation.i18n import gettext, marked
from mediation.journal.models import JournalEntry
from mediation.people.models import Person

SENTENCES: dict[str, str] = {
    "case_registered": marked("Registered by {who}"),
    "case_edited": marked("{who} changed the description"),
    "party_added": marked("{person} was added as a party"),
    "mediator_assigned": marked("{staff} is the mediator"),
    "case_shared": marked("Shared with {organisation}"),
    "case_unshared": marked("No longer shared with {organisation}"),
    "note_added": marked("Note by {who}"),
    "case_closed": marked("Closed: {outcome}"),
    "session_booked": marked("{who} booked session {number}"),
    "session_rescheduled": marked("{who} moved session {number} to another time"),
    "session_cancelled": marked("{who} cancelled session {number}"),
    "session_started": marked("Session {number} began"),
    "session_ended": marked("Session {number} ended"),
    "replied": marked("{person} answered the invitation"),
    "consent_given": marked("{person} agreed to mediation online"),
    "consent_refused": marked("{person} did not agree to mediation online"),
    "link_renewed": marked("{who} gave {person} a new link"),
    "link_revoked": marked("{who} took {person}'s link back"),
    "recording_started": marked("{who} began to record the main room; everybody in it had agreed"),
    "recording_ended": marked("The recording ended"),
    "recording_erased": marked("A recording was deleted, its time was over"),
    "judge_asked": marked("{who} asked a judge"),
    "advice_given": marked("{who} left an advice note"),
    "agreement_started": marked("{who} began to write an agreement"),
    "agreement_offered": marked("{who} laid the agreement before the parties to sign"),
    "agreement_signed": marked("{person} signed the agreement"),
    "signature_withdrawn": marked("{person} took the signature back"),
    "agreement_effective": marked("The agreement is in effect"),
    "agreement_ended": marked("The draft of the agreement was ended"),
}

# What changes somebody's rights or duties; the ring on the timeline is filled.
LEGAL = {"case_registered", "case_closed", "agreement_effective"}


@dataclass(frozen=True)
class Event:
    """One thing that happened in the case."""

    at: datetime
    title: str
    detail: str
    legal: bool


async def timeline(db: AsyncSession, case_id: str, limit: int = 500) -> list[Event]:
    """What happened, newest first."""
    of_case = select(JournalEntry).where(JournalEntry.case_id == case_id, JournalEntry.action.in_(SENTENCES))
    entries = (await db.scalars(of_case.order_by(JournalEntry.seq.desc()).limit(limit))).all()
    names, notes = await _names(db, entries), await _notes(db, entries)
    return [
        Event(entry.at, _told(entry, names), notes.get(entry.subject or "", ""), entry.action in LEGAL)
        for entry in entries
    ]


async def timeline_length(db: AsyncSession, case_id: str) -> int:
    """How many events the whole timeline has."""
    counted = select(func.count()).where(JournalEntry.case_id == case_id, JournalEntry.action.in_(SENTENCES))
    return await db.scalar(counted) or 0


def _told(entry: JournalEntry, names: dict[str, str]) -> str:
    sentence = gettext(SENTENCES[entry.action])
    values = {
        name: names.get(str(value), value) if name in {"person", "staff", "organisation"} else value
        for name, value in entry.data.items()
    }
    if "outcome" in values:
        values["outcome"] = gettext(OUTCOME[Outcome(str(values["outcome"]))])
    values["who"] = names.get(entry.actor.removeprefix("staff:")) or gettext("the workstation")
    wanted = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    return sentence.format(**{name: values.get(name, "") for name in wanted})


async def _names(db: AsyncSession, entries: Sequence[JournalEntry]) -> dict[str, str]:
    """Id → how others hear of them, for all staff, persons and organisations that the entries name."""
    staff = {entry.actor.removeprefix("staff:") for entry in entries if entry.actor.startswith("staff:")}
    staff |= {str(entry.data["staff"]) for entry in entries if "staff" in entry.data}
    people = {str(entry.data["person"]) for entry in entries if "person" in entry.data}
    organisations = {str(entry.data["organisation"]) for entry in entries if "organisation" in entry.data}
    of_staff = select(Staff.id, Person.called).join(Person, Person.id == Staff.person_id).where(Staff.id.in_(staff))
    of_people = select(Person.id, Person.called).where(Person.id.in_(people))
    of_organisations = select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisations))
    names: dict[str, str] = {}
    for found in (of_staff, of_people, of_organisations):
        names |= dict((await db.execute(found)).all())
    return names


async def _notes(db: AsyncSession, entries: Sequence[JournalEntry]) -> dict[str, str]:
    noted = [entry.subject for entry in entries if entry.action == "note_added"]
    rows = await db.execute(select(CaseNote.id, CaseNote.text).where(CaseNote.id.in_(noted)))
    return dict(rows.all())
