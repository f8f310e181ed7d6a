"""The story that all tests share, as rows: a mother, a father, a mediator, a judge, a federation worker, an archivist, an
administrator and a stranger from another organisation; one case file; one session booked for today."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Login, Organisation, OrganisationKind, Staff
from mediation.actor import ParticipantActor, Role, StaffActor
from mediation.cases.models import CaseFile, CaseShare, DisputeKind, Party, PartyRole
from mediation.clock import now
from mediation.db import Database
from mediation.invitations.models import Invitation, Way
from mediation.people.models import Person, ProtectedPair
from mediation.sessions.models import (
    IdentityCheck,
    MediationSession,
    Mode,
    Participant,
    ParticipantRole,
    SessionKind,
    Side,
    TimeClaim,
)
from mediation.tokens import new_id, new_token, token_hash

# Argon2id of PASSWORD with the cheapest parameters.
PASSWORD = "correct horse"
CHEAP_HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$fGboIvzlkt1eU7JnWpaFoCiFdQqj41xKJW/x6HC4Hu4"


@dataclass
class Member:
    """A member of staff of the story."""

    staff: Staff
    person: Person

    def actor(self) -> StaffActor:
        """As whom they act."""
        roles = frozenset(Role(role) for role in self.staff.roles)
        return StaffActor(
            self.staff.id,
            self.person.id,
            self.staff.organisation_id,
            roles,
            login_id="none",
            name=self.person.called,
        )


@dataclass
class Guest:
    """Someone of the story who comes by a link."""

    person: Person
    participant: Participant
    invitation: Invitation

    def actor(self) -> ParticipantActor:
        """As whom they act."""
        return ParticipantActor(
            self.participant.id,
            self.person.id,
            self.participant.session_id,
            "",
            self.invitation.id,
            way_id="none",
        )


@dataclass
class Story:
    """Everything that was told."""

    federation: Organisation
    court: Organisation
    elsewhere: Organisation
    mediator: Member
    judge: Member
    worker: Member
    archivist: Member
    admin: Member
    stranger: Member
    case: CaseFile
    session: MediationSession
    mother: Guest
    father: Guest
    seats: dict[str, Participant] = field(default_factory=dict)

    async def log_in(self, database: Database, member: Member) -> str:
        """A login of this member of staff; gives the cookie's value."""
        token, moment = new_token(), now()

        async def unit(db: AsyncSession) -> None:
            db.add(Login(staff_id=member.staff.id, token_hash=token_hash(token), created_at=moment, seen_at=moment))

        await database.write(unit)
        return token

    async def redeem(self, database: Database, guest: Guest) -> tuple[str, str]:
        """A browser in which this guest's link was redeemed; gives the cookie's name and value."""
        token = new_token()

        async def unit(db: AsyncSession) -> None:
            db.add(Way(invitation_id=guest.invitation.id, token_hash=token_hash(token), created_at=now()))

        await database.write(unit)
        return f"way_{guest.invitation.id}", token

    async def identify(self, database: Database) -> None:
        """The mediator checked who mother and father are."""

        async def unit(db: AsyncSession) -> None:
            for guest in (self.mother, self.father):
                db.add(
                    IdentityCheck(
                        participant_id=guest.participant.id,
                        document="identity_card",
                        number_masked="****2051",
                        confirmed_by_staff_id=self.mediator.staff.id,
                        confirmed_at=now(),
                    )
                )

        await database.write(unit)

    async def protect(self, database: Database) -> None:
        """Keep mother and father apart from now on."""
        low, high = sorted((self.mother.person.id, self.father.person.id))

        async def unit(db: AsyncSession) -> None:
            db.add(ProtectedPair(low_person_id=low, high_person_id=high, reason="人身安全保护令", since=now()))

        await database.write(unit)


async def tell(database: Database, starts_at: datetime | None = None) -> Story:
    """Write the story into an empty database."""
    return await database.write(lambda db: _tell(db, starts_at or _soon()))


def _soon() -> datetime:
    # 2 to 17 minutes ahead: no test outlasts that, and the doors are open.
    moment = now() + timedelta(minutes=17)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


async def _tell(db: AsyncSession, starts_at: datetime) -> Story:
    federation = Organisation(kind=OrganisationKind.FEDERATION, name="青禾市妇女联合会", short_name="妇联")
    court = Organisation(kind=OrganisationKind.COURT, name="青禾区人民法院", short_name="法院")
    elsewhere = Organisation(kind=OrganisationKind.COMMITTEE, name="远山县人民调解委员会", short_name="远山调委会")
    db.add_all([federation, court, elsewhere])
    await db.flush()
    mediator = await _member(db, federation, "pan", "潘秀兰", "潘调解员", Role.MEDIATOR, "退休法官")
    judge = await _member(db, court, "chen", "陈立", "陈法官", Role.JUDGE, "法官")
    worker = await _member(db, federation, "zhou", "周敏", "周老师", Role.FEDERATION, "妇联工作人员")
    archivist = await _member(db, federation, "zheng", "郑洁", "郑老师", Role.ARCHIVIST, "工作站档案")
    admin = await _member(db, federation, "admin", "吴强", "吴管理员", Role.ADMIN, "管理员")
    stranger = await _member(db, elsewhere, "qian", "钱远", "钱调解员", Role.MEDIATOR, "调解员")
    case = CaseFile(
        number="(2026)青家调0318号", year=2026, serial=318, dispute_kind=DisputeKind.VISITING,
        summary="离婚后探望孩子的时间。", source="来访", owner_organisation_id=federation.id,
        mediator_staff_id=mediator.staff.id, opened_by_staff_id=worker.staff.id, opened_at=now(),
    )  # fmt: skip
    db.add(case)
    await db.flush()
    db.add(CaseShare(case_id=case.id, organisation_id=court.id))
    session = MediationSession(
        case_id=case.id, number=1, kind=SessionKind.MEDIATION, mode=Mode.JOINT, starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1), booked_by_staff_id=mediator.staff.id, created_at=now(),
    )  # fmt: skip
    db.add(session)
    await db.flush()
    mother = await _guest(db, case, session, "王芳", "王女士", "13800002051", "wang.fang@example.org", Side.APPLICANT)
    father = await _guest(
        db, case, session, "林国栋", "林先生", "13900007734", "lin.guodong@example.org", Side.RESPONDENT
    )
    seats = {}
    for member, role in (
        (mediator, ParticipantRole.MEDIATOR),
        (judge, ParticipantRole.JUDGE),
        (worker, ParticipantRole.FEDERATION),
    ):
        seats[role.value] = Participant(
            session_id=session.id, person_id=member.person.id, staff_id=member.staff.id, role=role,
            side=Side.NEUTRAL, required=role is ParticipantRole.MEDIATOR,
        )  # fmt: skip
        db.add(seats[role.value])
    quarter = int(starts_at.timestamp()) // 900
    people = [mother.person, father.person, mediator.person, judge.person, worker.person]
    db.add_all(
        TimeClaim(person_id=person.id, quarter=quarter + step, session_id=session.id)
        for person in people
        for step in range(4)
    )
    await db.flush()
    return Story(
        federation, court, elsewhere, mediator, judge, worker, archivist, admin, stranger, case, session,
        mother, father, seats,
    )  # fmt: skip


async def _member(
    db: AsyncSession,
    organisation: Organisation,
    username: str,
    name: str,
    called: str,
    role: Role,
    title: str,
) -> Member:
    person = Person(
        name=name,
        called=called,
        email=f"{username}@example.org",
        organisation_id=organisation.id,
        created_at=now(),
    )
    db.add(person)
    await db.flush()
    staff = Staff(
        person_id=person.id, organisation_id=organisation.id, username=username, password_hash=CHEAP_HASH,
        roles=[role.value], title=title, created_at=now(),
    )  # fmt: skip
    db.add(staff)
    await db.flush()
    return Member(staff, person)


async def _guest(
    db: AsyncSession,
    case: CaseFile,
    session: MediationSession,
    name: str,
    called: str,
    phone: str,
    email: str,
    side: Side,
) -> Guest:
    person = Person(
        name=name, called=called, phone=phone, email=email, address=f"青禾市{name}路1号",
        organisation_id=case.owner_organisation_id, created_at=now(),
    )  # fmt: skip
    db.add(person)
    await db.flush()
    db.add(Party(case_id=case.id, person_id=person.id, role=PartyRole(side.value)))
    participant = Participant(session_id=session.id, person_id=person.id, role=ParticipantRole(side.value), side=side)
    db.add(participant)
    await db.flush()
    invitation = Invitation(
        id=new_id(), participant_id=participant.id, token_hash=token_hash(new_token()), created_at=now()
    )
    db.add(invitation)
    await db.flush()
    return Guest(person, participant, invitation)
