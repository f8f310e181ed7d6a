"""The one table of permissions: who may do what, in cases of their own organisation and in others'.

It lies below all slices, since the pages of each of them ask it.

Own means: the case file is owned by the actor's organisation or names it as sharing.
"""

from collections.abc import Collection
from enum import StrEnum

from mediation.actor import Actor, Role, StaffActor, SystemActor
from mediation.errors import NotAllowed


class Action(StrEnum):
    """What staff may be permitted to do."""

    REGISTER_CASE = "register_case"
    SEE_CASE = "see_case"
    EDIT_CASE = "edit_case"
    SHARE_CASE = "share_case"
    SEE_CONTACT = "see_contact"
    EDIT_PEOPLE = "edit_people"
    PROTECT = "protect"
    BOOK = "book"
    SEE_SESSION = "see_session"
    WATCH_SESSIONS = "watch_sessions"
    HOLD_SESSION = "hold_session"
    JOIN_SESSION = "join_session"
    ADVISE = "advise"
    WRITE_MINUTES = "write_minutes"
    DRAFT_AGREEMENT = "draft_agreement"
    CLOSE_CASE = "close_case"
    SEARCH_ARCHIVE = "search_archive"
    READ_ARCHIVE = "read_archive"
    PLAY_RECORDING = "play_recording"
    MANAGE_STAFF = "manage_staff"
    SEE_MESSAGES = "see_messages"
    SEE_JOURNAL = "see_journal"


_MEDIATOR, _JUDGE, _FEDERATION = Role.MEDIATOR, Role.JUDGE, Role.FEDERATION
_ARCHIVIST, _ADMIN = Role.ARCHIVIST, Role.ADMIN

# Nobody may do anything in a case of another organisation that is not shared with theirs; only the columns
# "own" are therefore written out, and a test walks role × action × own/other against this table.
OWN: dict[Action, frozenset[Role]] = {
    Action.REGISTER_CASE: frozenset({_MEDIATOR, _FEDERATION}),
    Action.SEE_CASE: frozenset({_MEDIATOR, _JUDGE, _FEDERATION}),
    Action.EDIT_CASE: frozenset({_MEDIATOR, _FEDERATION}),
    Action.SHARE_CASE: frozenset({_FEDERATION}),
    Action.SEE_CONTACT: frozenset({_MEDIATOR, _FEDERATION}),
    Action.EDIT_PEOPLE: frozenset({_MEDIATOR, _FEDERATION}),
    Action.PROTECT: frozenset({_MEDIATOR, _FEDERATION}),
    Action.BOOK: frozenset({_MEDIATOR, _FEDERATION}),
    Action.SEE_SESSION: frozenset({_MEDIATOR, _JUDGE, _FEDERATION}),
    Action.WATCH_SESSIONS: frozenset({_MEDIATOR, _FEDERATION, _ADMIN}),
    Action.HOLD_SESSION: frozenset({_MEDIATOR}),
    Action.JOIN_SESSION: frozenset({_MEDIATOR, _JUDGE, _FEDERATION}),
    Action.ADVISE: frozenset({_JUDGE}),
    Action.WRITE_MINUTES: frozenset({_MEDIATOR, _FEDERATION}),
    Action.DRAFT_AGREEMENT: frozenset({_MEDIATOR}),
    Action.CLOSE_CASE: frozenset({_MEDIATOR}),
    Action.SEARCH_ARCHIVE: frozenset({_ARCHIVIST}),
    Action.READ_ARCHIVE: frozenset({_ARCHIVIST}),
    Action.PLAY_RECORDING: frozenset({_ARCHIVIST}),
    Action.MANAGE_STAFF: frozenset({_ADMIN}),
    Action.SEE_MESSAGES: frozenset({_ADMIN}),
    Action.SEE_JOURNAL: frozenset({_ADMIN, _ARCHIVIST}),
}


def allowed(roles: Collection[Role], action: Action, own: bool) -> bool:
    """Whether somebody with these roles may do `action` on something of their own organisation, or of another."""
    return own and not OWN[action].isdisjoint(roles)


def require(actor: Actor, action: Action) -> None:
    """For actions that concern no case, within the actor's own organisation; the workstation itself may do all of them.

    Raises NotAllowed.
    """
    if isinstance(actor, StaffActor) and allowed(actor.roles, action, own=True):
        return
    if not isinstance(actor, SystemActor):
        raise NotAllowed()
