"""Settings, read once from the environment. Every name is documented in docs/configuration.md."""

import ipaddress
import os
from collections.abc import Mapping
from datetime import timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

_PACKAGE = Path(__file__).parent
_ASSETS = _PACKAGE / "_assets" if (_PACKAGE / "_assets").is_dir() else _PACKAGE.parent
TEMPLATES_DIR = _ASSETS / "templates"
STATIC_DIR = _ASSETS / "static"


_RELAY = r"(turns?:[^\s,?]+(\?transport=(udp|tcp))?)"
_DOCUMENT = "(identity_card|passport|residence_permit|household_register)"


def _cores_for_media() -> int:
    """All but one, which the web process takes; more than four only for who asks for them."""
    return min(max(1, (os.cpu_count() or 1) - 1), 4)


class BadSettings(SystemExit):
    """The environment holds a setting that can't be used; the message names it. Ends the program."""


class Settings(BaseModel):
    """One field per environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""
    trusted_proxy: str = ""
    data_dir: Path = Path("var")
    database_url: str = Field("", pattern=r"^((sqlite\+aiosqlite|postgresql\+asyncpg)://.*)?$")
    media_address: str = ""
    media_port: int = Field(10000, ge=0, le=65535)
    media_engine: str = Field("embedded", pattern="^(embedded|janus)$")
    janus_servers: str = ""
    janus_api_secret: str = ""
    janus_admin_secret: str = ""
    media_workers: int = Field(default_factory=_cores_for_media, ge=1, le=64, validate_default=True)
    turn_urls: str = Field("", pattern=f"^({_RELAY}(,{_RELAY})*)?$")
    turn_secret: str = ""
    metrics_token: str = Field("", pattern=r"^[\x21-\x7e]*$")
    demo: bool | None = None
    mailbox: bool | None = None

    site_name: str = "青禾市家事调解工作站"
    site_name_en: str = "Qinghe Family Mediation Workstation"
    hotline: str = "12338"
    timezone: str = "Asia/Shanghai"
    case_number_pattern: str = "({year})青家调{serial:04d}号"
    font_dir: Path = STATIC_DIR / "vendor" / "fonts"
    visiting_esign: bool = True

    smtp_host: str = ""
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_security: str = Field("starttls", pattern="^(starttls|tls|none)$")
    mail_from: str = "mediation@localhost.localdomain"

    login_idle_minutes: int = Field(60, ge=1)
    login_absolute_hours: int = Field(12, ge=1)
    sessions_from_hour: int = Field(9, ge=0, le=23)
    sessions_until_hour: int = Field(21, ge=1, le=24)
    papers_days: int = Field(90, ge=1)
    identity_keep_days: int = Field(365, ge=1)
    identity_documents: str = Field("identity_card,passport,residence_permit", pattern=f"^{_DOCUMENT}(,{_DOCUMENT})*$")
    recording: str = Field("off", pattern="^(off|allowed)$")
    recording_keep_days: int = Field(365, ge=1)
    mediator_grace_seconds: float = Field(5, ge=1, le=10)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        """A name of the time zone database."""
        try:
            ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            raise ValueError("there is no such time zone; an example is Asia/Shanghai") from None
        return name

    @field_validator("public_url")
    @classmethod
    def _can_be_opened(cls, url: str) -> str:
        """Links and invites begin with it."""
        parts = urlsplit(url)
        if url and not (
            parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        ):
            raise ValueError("it has to begin with https:// (or http://), for example https://mediation.example")
        return url

    @field_validator("trusted_proxy")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        """It is compared with where a connection comes from, which is never a name."""
        if address:
            ipaddress.ip_address(address)
        return address

    @field_validator("mail_from")
    @classmethod
    def _can_send(cls, address: str) -> str:
        """Otherwise every mail would fail, each for itself."""
        try:
            Address(addr_spec=address)
        except (ValueError, HeaderParseError):
            raise ValueError("this is not an e-mail address") from None
        return address

    @field_validator("case_number_pattern")
    @classmethod
    def _tells_cases_apart(cls, pattern: str) -> str:
        """Every case of every year needs a number of its own, of at most 40 characters."""
        try:
            numbers = {pattern.format(year=year, serial=serial) for year in (2026, 2027) for serial in (1, 99_999)}
        except (LookupError, ValueError, TypeError, AttributeError):
            raise ValueError("only {year} and {serial} can be filled in, for example {serial:04d}") from None
        if len(numbers) < 4 or max(map(len, numbers)) > 40:
            raise ValueError("it has to hold {year} and {serial} and give at most 40 characters")
        return pattern

    @field_validator("media_workers")
    @classmethod
    def _have_a_port_each(cls, workers: int, info: ValidationInfo) -> int:
        """The first worker has `media_port`, each other one the next."""
        if info.data.get("media_port", 0) + workers - 1 > 65535:
            raise ValueError("there are not so many ports from MEDIA_PORT on")
        return workers

    @model_validator(mode="after")
    def _janus_is_reached_and_believes_only_us(self) -> "Settings":
        """Without its secrets anybody who reaches a Janus could listen in on its rooms."""
        if self.media_engine == "janus":
            urls = [urlsplit(url) for url in self.janus_urls]
            if not urls or not all(url.scheme in ("ws", "wss") and url.hostname for url in urls):
                raise ValueError("JANUS_SERVERS has to name WebSocket URLs, for example ws://127.0.0.1:8188")
            if min(len(self.janus_api_secret), len(self.janus_admin_secret)) < 16:
                raise ValueError("JANUS_API_SECRET and JANUS_ADMIN_SECRET have to be set, 16 characters or more each")
        return self

    @model_validator(mode="after")
    def _day_has_hours(self) -> "Settings":
        """Otherwise no time could ever be proposed."""
        if self.sessions_from_hour >= self.sessions_until_hour:
            raise ValueError("SESSIONS_FROM_HOUR has to be before SESSIONS_UNTIL_HOUR")
        return self

    @model_validator(mode="after")
    def _relays_need_a_secret(self) -> "Settings":
        """Without a secret coturn believes nobody; a short one can be guessed from a single right."""
        if bool(self.turn_urls) != bool(self.turn_secret):
            raise ValueError("TURN_URLS and TURN_SECRET belong together")
        if self.turn_secret and len(self.turn_secret) < 16:
            raise ValueError("TURN_SECRET has to be 16 characters or longer")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Where the workstation stands; times in texts are told in this zone."""
        return ZoneInfo(self.timezone)

    @property
    def loopback(self) -> bool:
        """Whether the server listens on this machine's loopback only."""
        return _is_loopback(self.host)

    @property
    def private(self) -> bool:
        """Whether only this machine can reach the server: on loopback, and no public address in front of it."""
        return self.loopback and (not self.public_url or _is_loopback(urlsplit(self.public_url).hostname or ""))

    @property
    def with_demo(self) -> bool:
        """Demo accounts exist only where nobody else can reach them, unless asked for by name."""
        return self.private if self.demo is None else self.demo

    @property
    def with_mailbox(self) -> bool:
        """Whether the in-app mailbox shows mail that was written to the folder instead of sent."""
        return not self.smtp_host and (self.private if self.mailbox is None else self.mailbox)

    @property
    def base_url(self) -> str:
        """The address that people type, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS, so that cookies may demand it."""
        return self.base_url.startswith("https://")

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database; the embedded one lies in the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'mediation.db'}"

    @property
    def keys(self) -> Path:
        """The folder of the keys that lie outside the database."""
        return self.data_dir / "keys"

    @property
    def janus_urls(self) -> list[str]:
        """Where the Janus servers are commanded."""
        return [url.strip() for url in self.janus_servers.split(",") if url.strip()]

    @property
    def media_host(self) -> str:
        """The address that browsers send media to."""
        return self.media_address or ("127.0.0.1" if self.loopback else self.host)

    @property
    def may_record(self) -> bool:
        """Whether a session may be recorded at all, once everybody in it agrees."""
        return self.recording == "allowed"

    @property
    def login_idle(self) -> timedelta:
        """A login unused this long is over."""
        return timedelta(minutes=self.login_idle_minutes)

    @property
    def login_absolute(self) -> timedelta:
        """A login this old is over, used or not."""
        return timedelta(hours=self.login_absolute_hours)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises BadSettings naming the variables that can't be used.
    """
    given = {name: environ[name.upper()] for name in Settings.model_fields if environ.get(name.upper())}
    try:
        return Settings.model_validate(given)
    except ValidationError as bad:
        lines = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}".removeprefix(": ") for e in bad.errors()]
        raise BadSettings("Settings that can't be used:\n  " + "\n  ".join(lines)) from None
