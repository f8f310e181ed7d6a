"""Random passwords are always taken: also when chance puts the login name into one."""

import pytest

from mediation.accounts import passwords
from mediation.accounts.rules import password_wrong


def test_a_password_with_the_name_in_it_is_thrown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    thrown = iter(["wu23-abcd-efgh", "abcd-efwu-2345", "abcd-efgh-2345"])
    monkeypatch.setattr(passwords, "temporary_password", lambda: next(thrown))
    assert passwords.random_password("wu") == "abcd-efgh-2345"


def test_each_is_new_and_taken() -> None:
    made = {passwords.random_password("pan") for _ in range(200)}
    assert len(made) == 200
    assert {password_wrong(each, "pan") for each in made} == {None}
