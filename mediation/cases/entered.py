"""What may be entered about a case: names, sizes and kinds of the fields."""

from pydantic import BaseModel, Field

from mediation.cases.models import DisputeKind
from mediation.cases.parties import PartyEntry


class RegisterForm(BaseModel):
    """A new dispute with its two sides."""

    kind: DisputeKind
    summary: str = Field(max_length=4000)
    source: str = Field("", max_length=100)
    court_case_number: str = Field("", max_length=60)
    applicant_name: str = Field(max_length=80)
    applicant_called: str = Field("", max_length=40)
    applicant_phone: str = Field("", max_length=32)
    applicant_email: str = Field("", max_length=254)
    applicant_relation: str = Field("", max_length=40)
    applicant_person: str = Field("", max_length=16)
    respondent_name: str = Field(max_length=80)
    respondent_called: str = Field("", max_length=40)
    respondent_phone: str = Field("", max_length=32)
    respondent_email: str = Field("", max_length=254)
    respondent_relation: str = Field("", max_length=40)
    respondent_person: str = Field("", max_length=16)

    def party(self, side: str) -> PartyEntry:
        """What was entered for one side."""
        names = ("name", "called", "phone", "email", "relation")
        values = {name: getattr(self, f"{side}_{name}") for name in names}
        return PartyEntry(**values, person_id=getattr(self, f"{side}_person"))


class PartyForm(BaseModel):
    """One more person. The role is checked by the page, since a relative is refused with the reason."""

    role: str = Field(max_length=20)
    name: str = Field(max_length=80)
    called: str = Field("", max_length=40)
    phone: str = Field("", max_length=32)
    email: str = Field("", max_length=254)
    relation: str = Field("", max_length=40)
    person: str = Field("", max_length=16)

    def entry(self) -> PartyEntry:
        """What was entered."""
        return PartyEntry(self.name, self.called, self.phone, self.email, self.relation, self.person)


class EditForm(BaseModel):
    """The description of a case, as the person saw it at `revision`."""

    summary: str = Field(max_length=4000)
    source: str = Field("", max_length=100)
    court_case_number: str = Field("", max_length=60)
    revision: int


class NoteForm(BaseModel):
    """A note."""

    text: str = Field(max_length=4000)


class MediatorForm(BaseModel):
    """Who is to be the mediator, and who was when the form was shown."""

    mediator: str = Field(max_length=16)
    seen: str = Field("", max_length=16)


class TwoPartiesForm(BaseModel):
    """Two parties, and why they are to be kept apart or need it no longer."""

    two: str = Field("", max_length=40)
    reason: str = Field("", max_length=4000)

    @property
    def ids(self) -> tuple[str, str]:
        """The two; where nobody was chosen, two of whom nobody knows anything."""
        one, _, other = self.two.partition(" ")
        return one, other


class ShareForm(BaseModel):
    """With whom the case is shared."""

    organisation: str = Field(max_length=16)
