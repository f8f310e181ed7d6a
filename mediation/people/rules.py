"""Pure decisions about contact data: what is a phone, an e-mail address, an identity number, and how each is masked."""

import re
from datetime import time

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from mediation.i18n import marked

HOME = "CN"  # where a number without a country code belongs
LONGEST_NAME, LONGEST_CALLED, LONGEST_ADDRESS, LONGEST_EMAIL = 80, 40, 200, 254

_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\\\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.I
)
_OTHER_DOCUMENT = re.compile(r"[A-Z0-9()-]{5,20}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, ISO 7064 MOD 11-2
_CHECKS = "10X98765432"


def phone_of(entered: str) -> str | None:
    """The phone number as it is stored, with country code (E.164); None when it is none."""
    try:
        number = phonenumbers.parse(entered, HOME)
    except NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


def masked_phone(phone: str | None) -> str:
    """How staff see a phone before they ask for it: 138****2051; nothing for no phone."""
    digits = _at_home(phone or "")
    hidden = len(digits) - 7
    return f"{digits[:3]}{'*' * hidden}{digits[-4:]}" if hidden > 0 else "*" * len(digits)


def told_phone(phone: str) -> str:
    """The whole number as people write it: 138 0000 2051, +1 650-253-0000."""
    try:
        number = phonenumbers.parse(phone, HOME)
    except NumberParseException:
        return phone
    home = number.country_code == phonenumbers.country_code_for_region(HOME)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def email_of(entered: str) -> str | None:
    """The e-mail address as it is stored; None when it is none. Only a message proves that it exists."""
    return entered if len(entered) <= LONGEST_EMAIL and _EMAIL.fullmatch(entered) else None


def masked_email(email: str | None) -> str:
    """How staff see an address before they ask for it: w***@example.org; nothing for none."""
    local, at, domain = (email or "").rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else ""


def masked_identity(entered: str) -> str | None:
    """All that is ever kept of an identity number: the first three and the last two characters.

    None when it is no number of an identity card (its check digit is computed) or of another document.
    """
    number = entered.replace(" ", "").upper()
    if re.fullmatch(r"\d{17}[\dX]", number):
        if (
            _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]
            != number[-1]
        ):
            return None
    elif not _OTHER_DOCUMENT.fullmatch(number):
        return None
    return (
        f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"
        if len(number) > 7
        else f"{'*' * (len(number) - 2)}{number[-2:]}"
    )


def safe_hours_wrong(safe_from: time | None, safe_until: time | None) -> str | None:
    """Why these can't be the hours in which a person may be reached; None when they can. They may pass midnight."""
    if (safe_from is None) != (safe_until is None):
        return marked("Give both times, or neither.")
    if safe_from is not None and safe_from == safe_until:
        return marked("The two times are the same.")
    return None


def _at_home(phone: str) -> str:
    code = f"+{phonenumbers.country_code_for_region(HOME)}"
    return phone.removeprefix(code)
