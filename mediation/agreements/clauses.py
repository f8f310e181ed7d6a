"""A clause as somebody wrote it, before it is part of an agreement."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mediation.agreements.kinds import ClauseKind, Matter
from mediation.agreements.queries import Signer
from mediation.agreements.recurrence import answers_of
from mediation.agreements.visiting import Visiting, sentence
from mediation.errors import Invalid
from mediation.i18n import marked

LONGEST_TITLE = 60
LONGEST_FIELD = 200
LONGEST_TEXT = 10_000
_TOO_LONG = marked("This is too long.")
_MISSING = marked("Please fill this in.")
_NOT_A_PARTY = marked("Please choose one of the parties.")


@dataclass(frozen=True)
class ClauseDraft:
    """What stands in the form: a free clause has a text, a visiting clause fields from which its text is made."""

    kind: ClauseKind
    title: str
    text: str = ""
    matter: Matter = Matter.ORDINARY
    fields: dict[str, Any] = field(default_factory=dict)


def checked(draft: ClauseDraft, parties: Sequence[Signer]) -> ClauseDraft:
    """The draft with its text made and its limits kept.

    Raises Invalid with a sentence per field.
    """
    wrong: dict[str, str] = {}
    if not draft.title.strip():
        wrong["title"] = _MISSING
    elif len(draft.title) > LONGEST_TITLE:
        wrong["title"] = _TOO_LONG
    if draft.kind is ClauseKind.VISITING:
        visiting = Visiting.of(draft.fields)
        wrong |= _wrong_fields(visiting, {party.person_id for party in parties})
        if not wrong:
            called = {party.person_id: party.called for party in parties}
            draft = replace(draft, text=sentence(visiting, called), fields=visiting.stored())
    elif not draft.text.strip():
        wrong["text"] = _MISSING
    if len(draft.text) > LONGEST_TEXT:
        wrong["text"] = _TOO_LONG
    if wrong:
        raise Invalid("clause_refused", fields=wrong)
    return draft


def _wrong_fields(visiting: Visiting, parties: set[str]) -> dict[str, str]:
    people = {name: getattr(visiting, name) for name in ("visitor", "brought_by", "returned_by")}
    texts = {name: getattr(visiting, name) for name in ("child", "what", "handover", "return_place", "if_not")}
    wrong = {name: _NOT_A_PARTY for name, person in people.items() if person and person not in parties}
    wrong |= {name: _TOO_LONG for name, text in texts.items() if len(text) > LONGEST_FIELD}
    if visiting.rrule and answers_of(visiting.rrule) == ("", ""):
        wrong["repeats"] = marked("Please choose one of the answers.")
    if visiting.starts and visiting.ends and visiting.ends <= visiting.starts:
        wrong["ends_at"] = marked("The end has to be after the beginning.")
    return wrong
