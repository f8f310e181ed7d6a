"""What exactly is signed: the content of an agreement as canonical data, and which of its clauses are still unclear."""

from collections.abc import Sequence
from typing import Any

from mediation.agreements.kinds import ClauseKind
from mediation.agreements.models import Agreement, Clause
from mediation.agreements.visiting import Visiting, clear


def content_of(agreement: Agreement, clauses: Sequence[Clause]) -> dict[str, Any]:
    """Number, version, parties, facts and clauses; its SHA-256 is what every signature names."""
    return {
        "number": agreement.number,
        "version": agreement.version,
        "parties": agreement.parties,
        "facts": agreement.facts,
        "clauses": [
            {
                "number": clause.position,
                "kind": clause.kind.value,
                "matter": clause.matter.value,
                "title": clause.title,
                "text": clause.text,
                "fields": clause.fields,
            }
            for clause in clauses
        ],
    }


def clear_checks(clause: Clause) -> dict[str, bool]:
    """The five checks of a visiting clause; nothing for words of one's own, which only people can judge."""
    return clear(Visiting.of(clause.fields)) if clause.kind is ClauseKind.VISITING else {}


def unclear_clauses(clauses: Sequence[Clause]) -> list[int]:
    """Numbers of the clauses in which something is not said yet."""
    return [clause.position for clause in clauses if not all(clear_checks(clause).values())]
