"""Which documents a participant may show at the identity check (法释〔2021〕23号 art. 17)."""

from mediation.i18n import gettext, marked

DOCUMENTS = {
    "identity_card": marked("identity card"),
    "passport": marked("passport"),
    "residence_permit": marked("residence permit"),
    "household_register": marked("household register"),
}


def documents_told(configured: str) -> list[str]:
    """The documents of the setting IDENTITY_DOCUMENTS in the reader's language."""
    return [gettext(DOCUMENTS[key]) for key in configured.split(",")]
