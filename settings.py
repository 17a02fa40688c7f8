"""What the desk is told from outside: one frozen `Settings`, read once from the environment.

Every variable begins with FIRSTLINE_. How Temporal is reached is Temporal's own to say, in its
TEMPORAL_ variables, which `temporalio.envconfig` reads.
"""

import base64
import binascii
import os
import re
import secrets
import sys
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FIRSTLINE_"
WEB_UI_ABOVE = 1000
SHORTEST_SECRET = 32
KEY_BYTES = 32


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


def _reply_to(pattern: str) -> str:
    if not re.fullmatch(r"[\w.+=-]*\{\}[\w.+=-]*@[\w-]+(\.[\w-]+)*", pattern, re.ASCII):
        raise ValueError("give an address with {} in its name: desk+{}@example.org")
    return pattern


def _archive(url: str) -> str:
    parts = urlsplit(url)
    folder = parts.scheme == "file" and not parts.netloc and parts.path.strip("/")
    bucket = parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc
    if not (folder or bucket) or parts.query or parts.fragment:
        raise ValueError("give file:///ABSOLUTE/PATH, or s3://BUCKET/PREFIX")
    return url.rstrip("/")


def _build_id(name: str) -> str:
    # The last is how workers without a version are called: workflows.hosting.UNVERSIONED.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) or name == "unversioned":
        raise ValueError("give at most 64 letters, digits, dots, dashes or underscores: 1.2.0-rc1")
    return name


def _signing_key(key: SecretStr) -> SecretStr:
    if _seed(key.get_secret_value()) is None:
        raise ValueError(f"give {KEY_BYTES} random bytes as base64: `openssl rand -base64 32`")
    return key


def _seed(text: str) -> bytes | None:
    try:
        seed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return seed if len(seed) == KEY_BYTES else None


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
    signing_key: Annotated[SecretStr, AfterValidator(_signing_key)] | None = None
    archive_url: Annotated[str, AfterValidator(_archive)] | None = None
    worker_versions: bool = False
    build_id: Annotated[str, AfterValidator(_build_id)] | None = None
    token_days: Annotated[int, Field(ge=1, le=3650)] = 30
    decide_link_days: Annotated[int, Field(ge=1, le=60)] = 7
    rate_per_minute: Annotated[int, Field(ge=1)] = 1200
    retention_days: Annotated[int, Field(ge=90)] = 90
    webhook_url: SecretStr | None = None
    automation_url: SecretStr | None = None
    smtp_host: str | None = None
    smtp_port: Port = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    mail_from: Annotated[str, AfterValidator(_sender)] = "Service Desk <desk@example.org>"
    mail_reply_to: Annotated[str, AfterValidator(_reply_to)] | None = None
    imap_host: str | None = None
    imap_port: Port = 993
    imap_user: str | None = None
    imap_password: SecretStr | None = None
    imap_tls: bool = True
    imap_every_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    imap_folder: Annotated[str, Field(min_length=1, max_length=200)] = "INBOX"

    @model_validator(mode="after")
    def _login_is_whole(self) -> Self:
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD go together: set both")
        if self.imap_host is not None and None in (self.imap_user, self.imap_password):
            raise ValueError(f"{PREFIX}IMAP_HOST needs {PREFIX}IMAP_USER and {PREFIX}IMAP_PASSWORD")
        return self

    @property
    def database(self) -> str:
        """The URL for SQLAlchemy: the database given, or a SQLite file in `home`."""
        return self.database_url or f"sqlite:///{self.home / 'desk.sqlite3'}"

    @property
    def reply_to(self) -> str | None:
        """What answers are addressed to, with {} for what proves them; None: no mail is read."""
        if self.imap_host is None or self.mail_reply_to is not None:
            return self.mail_reply_to if self.imap_host else None
        name, _, domain = parseaddr(self.mail_from)[1].rpartition("@")
        return f"{name}+{{}}@{domain}"

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
    _check_own_database(settings, "SECRET", f"the same {SHORTEST_SECRET} characters or more")
    path = settings.home / "secret"
    secret = _kept(path, lambda: secrets.token_urlsafe(48))
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"{path} is damaged: restore it, or set {PREFIX}SECRET to what it held")
    return secret.encode()


def signing_seed(settings: Settings) -> bytes:
    """The 32 bytes of the key that the archive's checkpoints are signed with.

    The embedded desk makes them on its first start and keeps them in `home/signing-key`.

    Raises:
        SettingsError: as for `desk_secret`.
    """
    if settings.signing_key is not None:
        seed = _seed(settings.signing_key.get_secret_value())
        assert seed is not None, "checked as it was read"
        return seed
    _check_own_database(settings, "SIGNING_KEY", f"the same {KEY_BYTES} bytes in base64")
    path = settings.home / "signing-key"
    made = _kept(path, lambda: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    seed = _seed(made)
    if seed is None:
        raise SettingsError(
            f"{path} is damaged: restore it, or set {PREFIX}SIGNING_KEY to what it held"
        )
    return seed


def _check_own_database(settings: Settings, name: str, what: str) -> None:
    """Only a process that has its database for itself may make up what all must have in common."""
    if settings.database_url is not None and settings.database_url.startswith("postgresql"):
        raise SettingsError(
            f"{PREFIX}{name}: set it, to {what} for every process that shares {PREFIX}DATABASE_URL"
        )


def _kept(path: Path, made: Callable[[], str]) -> str:
    """What the file holds, which is made if it is not there."""
    if not path.exists():
        _make(path, made())
    return path.read_text().strip()


def _make(path: Path, text: str) -> None:
    """Whole or not at all, and once: of several processes that start together one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link refuses a name that is taken.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
