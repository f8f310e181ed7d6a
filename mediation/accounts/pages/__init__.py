"""The pages of accounts: login, password, language; the administrator's list of staff."""

from mediation.accounts.pages import login, staff
from mediation.accounts.pages.login import TRIES as TRIES
from mediation.accounts.pages.login import end_overdue as end_overdue
from mediation.accounts.pages.login import password_first as password_first

routes = [*login.routes, *staff.routes]
