"""Parties of a case who are kept apart from each other, whichever organisation's directory has them."""

from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import Party
from mediation.people.models import Person, ProtectedPair
from mediation.people.protection import end_protection
from mediation.people.queries import pairs_among
from mediation.permissions import Action


@dataclass(frozen=True)
class Apart:
    """Two parties; `pair` says since when and why they are kept apart, None while they aren't."""

    one: Person
    other: Person
    pair: ProtectedPair | None

    @property
    def ids(self) -> str:
        """Both, as the form sends them."""
        return f"{self.one.id} {self.other.id}"


async def parties_known(db: AsyncSession, actor: StaffActor, case_id: str) -> frozenset[str]:
    """The parties of the case, for whoever may keep them apart. Raises NotFound, NotAllowed."""
    await case_for(db, actor, case_id, Action.PROTECT)
    return frozenset(await db.scalars(select(Party.person_id).where(Party.case_id == case_id)))


async def stop_keeping_apart(
    db: AsyncSession, actor: StaffActor, case_id: str, one: str, other: str, reason: str
) -> ProtectedPair:
    """Two parties of the case need no longer be kept apart. Raises what `end_protection` raises."""
    known = await parties_known(db, actor, case_id)
    return await end_protection(db, actor, one, other, reason, known)


async def all_twos(db: AsyncSession, people: list[Person]) -> list[Apart]:
    """Every two of the people, those who are kept apart first."""
    pairs = {
        frozenset((pair.low_person_id, pair.high_person_id)): pair
        for pair in await pairs_among(db, [person.id for person in people])
    }
    twos = [Apart(one, other, pairs.get(frozenset((one.id, other.id)))) for one, other in combinations(people, 2)]
    return sorted(twos, key=lambda two: two.pair is None)
