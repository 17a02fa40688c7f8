"""What the desk is told from outside: one frozen `Settings`, read once from the environment.

Every variable begins with FIRSTLINE_. How Temporal is reached is Temporal's own to say, in its
TEMPORAL_ variables, which `temporalio.envconfig` reads.
"""

import os
import secrets
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FIRSTLINE_"
WEB_UI_ABOVE = 1000
SHORTEST_SECRET = 32


class SettingsError(Exception):
    """A setting is wrong or missing; the message names the variable and never its value."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _database(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and rest:
        return f"postgresql+psycopg://{rest}"
    if scheme in ("sqlite", "sqlite+pysqlite") and rest:
        return url
    raise ValueError("give postgresql://USER:PASSWORD@HOST/NAME, or sqlite:////ABSOLUTE/PATH")


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("begin it with https:// or http://")
    return url.rstrip("/")


def _sender(text: str) -> str:
    if "@" not in parseaddr(text)[1] or not text.isprintable():
        raise ValueError("give a name and an address: Service Desk <desk@example.org>")
    return text


Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Read with `load()` where a process starts, and passed down from there."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    home: Annotated[Path, AfterValidator(_absolute)] = Field(
        default=Path("var"), validate_default=True
    )
    host: str = "127.0.0.1"
    port: Port = 8000
    public_url: Annotated[str, AfterValidator(_web_address)] | None = None
    # Kept out of the representation: it may hold a password.
    database_url: Annotated[str, AfterValidator(_database)] | None = Field(default=None, repr=False)
    temporal_port: Annotated[int, Field(ge=1, le=65535 - WEB_UI_ABOVE)] = 7233
    temporal_synchronous: Literal["full", "normal"] = "full"
    task_queue: Annotated[str, Field(min_length=1, max_length=100)] = "desk"
    secret: Annotated[SecretStr, Field(min_length=SHORTEST_SECRET)] | None = None
    token_days: Annotated[int, Field(ge=1, le=3650)] = 30
    rate_per_minute: Annotated[int, Field(ge=1)] = 1200
    retention_days: Annotated[int, Field(ge=90)] = 90
    webhook_url: SecretStr | None = None
    smtp_host: str | None = None
    smtp_port: Port = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    mail_from: Annotated[str, AfterValidator(_sender)] = "Service Desk <desk@example.org>"

    @model_validator(mode="after")
    def _login_is_whole(self) -> Self:
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD go together: set both")
        return self

    @property
    def database(self) -> str:
        """The URL for SQLAlchemy: the database given, or a SQLite file in `home`."""
        return self.database_url or f"sqlite:///{self.home / 'desk.sqlite3'}"

    @property
    def temporal_ui_port(self) -> int:
        """Where the web UI of our own Temporal server listens."""
        return self.temporal_port + WEB_UI_ABOVE

    @property
    def address(self) -> str:
        """What links in messages begin with; no slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"


def load() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: naming each wrong variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [_in_words(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
        # Without its cause, which repeats the values, and a value may be a secret.
        raise SettingsError("\n".join(wrong)) from None


def load_or_exit() -> Settings:
    """For entry points: a wrong setting ends the process with code 2 and no traceback."""
    try:
        return load()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201  the reader is a person at a terminal
        raise SystemExit(2) from None


def _in_words(field: str, message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{PREFIX}{field.upper()}: {message}" if field else message


def temporal_address_given() -> bool:
    """Whether Temporal runs elsewhere, so that the desk starts none of its own."""
    return bool(os.environ.get("TEMPORAL_ADDRESS"))


def desk_secret(settings: Settings) -> bytes:
    """The key of the desk, from which numbers and tokens are derived.

    The embedded desk makes one on its first start and keeps it in `home/secret`.

    Raises:
        SettingsError: when several machines share a database but were given no common secret,
            or when the file is damaged.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if settings.database_url is not None and settings.database_url.startswith("postgresql"):
        raise SettingsError(
            f"{PREFIX}SECRET: set it, to the same {SHORTEST_SECRET} characters or more for every"
            f" process that shares {PREFIX}DATABASE_URL"
        )
    path = settings.home / "secret"
    if not path.exists():
        _make_secret(path)
    secret = path.read_text().strip()
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"{path} is damaged: restore it, or set {PREFIX}SECRET to what it held")
    return secret.encode()


def _make_secret(path: Path) -> None:
    """Whole or not at all, and once: of several processes that start together one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".secret-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link refuses a name that is taken.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
