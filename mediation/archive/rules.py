"""What a closed case has to hold, as far as this version can know (mandatory part of the standard bundle 调解卷宗). Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from mediation.cases.kinds import DocumentKind, Outcome


@dataclass(frozen=True)
class Bundle:
    """What is filed of a case, and what its held mediations would have needed.

    `unasked` and `unidentified` count the parties who were there without a consent, without an identity check.
    """

    outcome: Outcome
    filed: Collection[DocumentKind]
    held: int
    minutes: int
    unasked: int
    unidentified: int


def lacking(bundle: Bundle) -> list[DocumentKind]:
    """The mandatory papers that are missing, in the order of the bundle."""
    agreed = bundle.outcome is Outcome.AGREED
    needed = {
        DocumentKind.INTAKE: True,
        DocumentKind.CONSENTS: bundle.held > 0,
        DocumentKind.IDENTITY: bundle.held > 0,
        DocumentKind.MINUTES: bundle.held > 0,
        DocumentKind.AGREEMENT: agreed,
        DocumentKind.CLOSING_STATEMENT: not agreed,
    }
    wanting = {
        DocumentKind.CONSENTS: bundle.unasked > 0,
        DocumentKind.IDENTITY: bundle.unidentified > 0,
        DocumentKind.MINUTES: bundle.minutes < bundle.held,
    }
    return [
        kind
        for kind, is_needed in needed.items()
        if is_needed and (kind not in bundle.filed or wanting.get(kind, False))
    ]
