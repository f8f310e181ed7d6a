"""What delivery has to ask of the slices above it."""

from mediation.invitations.links import personal_link
from mediation.notifications.delivery import Lookups
from mediation.people.queries import people_of
from mediation.people.reach import reach_of
from mediation.sessions.queries import over_at_for

LOOKUPS = Lookups(reach_of, personal_link, people_of, over_at_for)
