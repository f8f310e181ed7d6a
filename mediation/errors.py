"""The few errors that a verb may raise, typed by who must act.

Each carries a stable code (documented in docs/errors.md) and, once translated by the edge, a sentence for
the person. Sentences are English message ids; `args` are filled in after translation.
"""

from collections.abc import Mapping


class MediationError(Exception):
    """Something that a person or another program has to hear about."""

    status = 500
    default_code = "error"
    default_sentence = "Something went wrong. Nothing was changed."

    def __init__(
        self,
        code: str | None = None,
        sentence: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        """`fields` names form fields with the sentence for each; `values` fill the sentence's placeholders."""
        self.code = code or self.default_code
        self.sentence = sentence or self.default_sentence
        self.fields = dict(fields or {})
        self.values = values
        super().__init__(self.code)


class Invalid(MediationError):
    """The input can't be used: the person corrects it."""

    status, default_code = 422, "invalid"
    default_sentence = "Please check what you entered."


class NotSignedIn(MediationError):
    """Nobody is signed in: the person signs in (staff) or opens their link (participants)."""

    status, default_code = 401, "not_signed_in"
    default_sentence = "Please sign in first."


class NotAllowed(MediationError):
    """The actor may not do this."""

    status, default_code = 403, "not_allowed"
    default_sentence = "You are not allowed to do this."


class NotFound(MediationError):
    """It does not exist, or the actor may not know that it does."""

    status, default_code = 404, "not_found"
    default_sentence = "There is nothing here."


class Conflict(MediationError):
    """Somebody was faster, or the state has moved on: the person looks again and decides anew."""

    status, default_code = 409, "conflict"
    default_sentence = "This has changed in the meantime. Please look again."


class Expired(MediationError):
    """It was valid once: the person asks for a new one."""

    status, default_code = 410, "expired"
    default_sentence = "This is no longer valid."


class TooMany(MediationError):
    """Too many tries: the person waits."""

    status, default_code = 429, "too_many"
    default_sentence = "Too many tries. Please wait a few minutes."


class Unavailable(MediationError):
    """A part of the workstation is not working: the person tries again later."""

    status, default_code = 503, "unavailable"
    default_sentence = "This is not available right now. Please try again in a moment."


class CannotStart(Exception):
    """Something that the server can't do without doesn't start; told to who starts it, in one sentence."""
