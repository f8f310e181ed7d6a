"""Pure decisions about accounts: usable names and passwords, when a login is over."""

import re
from datetime import datetime, timedelta

from mediation.i18n import marked

SHORTEST_PASSWORD = 10  # OWASP ASVS 5.0 V6.2.1 asks for 8 or more
LONGEST_PASSWORD = 128
REFRESH_AFTER = timedelta(minutes=1)  # how stale `Login.seen_at` may become

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_FEWEST_CHARACTERS = 5


def username_of(entered: str) -> str:
    """The name as it is stored and looked up."""
    return entered.strip().lower()


def username_wrong(username: str) -> str | None:
    """Why this can't be a login name; None when it can."""
    if _USERNAME.fullmatch(username):
        return None
    return marked("Use 2 to 64 small letters, digits, dots or dashes.")


def password_wrong(password: str, username: str) -> str | None:
    """Why this password is not taken; None when it is. No rule about kinds of characters (ASVS 5.0 V6.2.5)."""
    lowered = password.lower()
    if len(password) < SHORTEST_PASSWORD:
        return marked("Use at least 10 characters.")
    if len(password) > LONGEST_PASSWORD:
        return marked("Use at most 128 characters.")
    if username and username in lowered:
        return marked("Leave your login name out of the password.")
    if len(set(lowered)) < _FEWEST_CHARACTERS or any(lowered in run for run in _RUNS):
        return marked("This password is too easy to guess.")
    return None


def login_over(created_at: datetime, seen_at: datetime, moment: datetime, idle: timedelta, absolute: timedelta) -> bool:
    """Whether a login has been unused for longer than `idle`, or is older than `absolute`."""
    return moment - seen_at > idle or moment - created_at > absolute


def own_path(entered: str) -> str:
    """Where to go after signing in or switching the language: only ever a page of our own, the first one otherwise."""
    # Browsers take backslashes for slashes and drop tabs and line ends, so that "/\t/x" would leave our site.
    path = entered if entered.startswith("/") and "\\" not in entered and entered.isprintable() else "/"
    return "/" if path.startswith("//") else path
