"""What a draft starts from."""

from collections.abc import Callable, Sequence

from mediation.agreements.clauses import ClauseDraft
from mediation.agreements.kinds import ClauseKind
from mediation.agreements.queries import Signer
from mediation.agreements.visiting import Visiting


def visiting_a_child(parties: Sequence[Signer]) -> list[ClauseDraft]:
    """The agreement of the story: who brings the child when and where, and what everybody promises the child.

    The applicant visits, the respondent brings the child; all of it is changed where it is otherwise.
    """
    visitor = next((party for party in parties if party.role == "applicant"), None)
    host = next((party for party in parties if party.role == "respondent"), None)
    visiting = Visiting(
        visitor=visitor.person_id if visitor else "",
        brought_by=host.person_id if host else "",
        returned_by=visitor.person_id if visitor else "",
        ends_after_days=1,
    )
    return [
        ClauseDraft(ClauseKind.VISITING, "探望", fields=visiting.stored()),
        ClauseDraft(ClauseKind.FREE, "孩子生病或有课", "孩子生病、有课或者有考试，双方商量改期，不算没有做到。"),
        ClauseDraft(ClauseKind.FREE, "说话和态度", "双方都不在孩子面前说对方的不好，不让孩子传话。"),
    ]


TEMPLATES: dict[str, Callable[[Sequence[Signer]], list[ClauseDraft]]] = {
    "visiting-a-child": visiting_a_child,
    "empty": lambda _parties: [],
}
