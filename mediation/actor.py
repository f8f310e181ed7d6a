"""Whoever is acting: staff with a login, a participant with a join link, or the workstation itself."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a staff account is for; an account may hold several."""

    MEDIATOR = "mediator"
    JUDGE = "judge"
    FEDERATION = "federation"
    ARCHIVIST = "archivist"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class StaffActor:
    """A member of staff who is logged in."""

    staff_id: str
    person_id: str
    organisation_id: str
    roles: frozenset[Role]
    login_id: str
    name: str = ""
    must_change_password: bool = False

    @property
    def key(self) -> str:
        """How the journal names the actor: an id, never a name."""
        return f"staff:{self.staff_id}"


@dataclass(frozen=True, slots=True)
class ParticipantActor:
    """Someone who came by their personal link."""

    participant_id: str
    person_id: str
    session_id: str
    case_id: str
    invitation_id: str
    way_id: str

    @property
    def key(self) -> str:
        """How the journal names the actor: an id, never a name."""
        return f"participant:{self.participant_id}"


@dataclass(frozen=True, slots=True)
class SystemActor:
    """The workstation itself, in jobs and in the demo."""

    key: str = "system"


Actor = StaffActor | ParticipantActor | SystemActor
SYSTEM = SystemActor()
