"""What follows from the settings, above all: where the demo's accounts may exist."""

import pytest

from mediation.config import BadSettings, read_settings


@pytest.mark.parametrize(
    ("environ", "demo"),
    [
        ({}, True),
        ({"HOST": "127.0.0.1"}, True),
        ({"HOST": "localhost"}, True),
        ({"HOST": "::1"}, True),
        ({"HOST": "127.0.0.1", "PUBLIC_URL": "http://127.0.0.1:9000"}, True),
        ({"HOST": "0.0.0.0"}, False),
        ({"HOST": "::"}, False),
        ({"HOST": "10.1.2.3"}, False),
        ({"HOST": "mediation.example"}, False),
        ({"HOST": "127.0.0.1", "PUBLIC_URL": "https://mediation.example"}, False),
        ({"HOST": "127.0.0.1", "PUBLIC_URL": "http://mediation.example"}, False),
        ({"HOST": "0.0.0.0", "DEMO": "1", "MAILBOX": "yes"}, True),
        ({"HOST": "127.0.0.1", "DEMO": "0", "MAILBOX": "no"}, False),
    ],
)
def test_demo_accounts_and_mailbox_only_where_nobody_else_reaches_them(environ: dict[str, str], demo: bool) -> None:
    settings = read_settings(environ)
    assert (settings.with_demo, settings.with_mailbox) == (demo, demo)


def test_mail_that_is_sent_is_never_shown_in_a_mailbox() -> None:
    assert not read_settings({"SMTP_HOST": "mail.example", "MAILBOX": "yes"}).with_mailbox


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("MEDIATOR_GRACE_SECONDS", "60"),
        ("SMTP_SECURITY", "ssl"),
        ("DEMO", "maybe"),
        ("MEDIA_WORKERS", "0"),
        ("TIMEZONE", "Asia/Atlantis"),
        ("TIMEZONE", "../etc/passwd"),
        ("PUBLIC_URL", "mediation.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://mediation.example/#start"),
        ("TRUSTED_PROXY", "proxy.example"),
        ("MAIL_FROM", "mediation"),
        ("MAIL_FROM", "a@example.org, b@example.org"),
        ("DATABASE_URL", "postgresql://mediation@/mediation"),
        ("SESSIONS_FROM_HOUR", "21"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        read_settings({name: value})


def test_the_address_of_a_server_on_ipv6_can_be_typed() -> None:
    assert read_settings({"HOST": "::1"}).base_url == "http://[::1]:8080"


JANUS = {
    "MEDIA_ENGINE": "janus",
    "JANUS_SERVERS": "ws://10.0.0.5:8188, wss://janus.example?admin=7989",
    "JANUS_API_SECRET": "a" * 16,
    "JANUS_ADMIN_SECRET": "b" * 16,
}


def test_janus_servers_are_a_list() -> None:
    assert read_settings(JANUS).janus_urls == ["ws://10.0.0.5:8188", "wss://janus.example?admin=7989"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEDIA_ENGINE", "jitsi"),
        ("JANUS_SERVERS", ""),
        ("JANUS_SERVERS", "http://10.0.0.5:8088"),
        ("JANUS_API_SECRET", ""),
        ("JANUS_ADMIN_SECRET", "short"),
    ],
)
def test_janus_is_not_used_without_an_address_and_secrets(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        read_settings({**JANUS, name: value})


def test_every_media_worker_needs_a_port() -> None:
    assert read_settings({"MEDIA_PORT": "65534", "MEDIA_WORKERS": "2"}).media_workers == 2
    with pytest.raises(BadSettings, match=r"MEDIA_WORKERS: .*ports"):
        read_settings({"MEDIA_PORT": "65535", "MEDIA_WORKERS": "2"})
