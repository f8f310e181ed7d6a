"""The pages of scheduling: booking a session, a session and who is expected, the day."""

from mediation.scheduling.pages.booking import routes as booking
from mediation.scheduling.pages.day import routes as day
from mediation.scheduling.pages.session import routes as session

routes = [*booking, *session, *day]
