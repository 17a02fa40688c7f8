"""What each command of `firstline` does: asks the store or the running desk, and prints."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

import tokens
from desk import webhook
from desk.errors import PolicyError
from embedded.address import local_url
from embedded.caller import Caller, CommandError, step_body
from embedded.database import NotUsable, opened
from embedded.refusals import CannotStart
from embedded.showing import facts, table
from settings import Settings, desk_secret
from store.engine import reading, writing
from store.import_organisation import import_organisation
from store.migrate import is_current
from store.migrate import migrate as bring_up_to_date
from store.organisation import load as load_organisation
from store.reads import Engine
from store.tokens import revoke

DONE = 0
# Long enough for one command.
ONE_DAY = 1
FILTERS = {
    "kind": "incident, service_request or complaint",
    "status": "new, approving, in_progress, waiting, resolved, closed, cancelled, ...",
    "group": "the group a ticket is with",
    "assignee": "e-mail address of whoever works on it",
    "requester": "e-mail address of whoever asked",
    "priority": "P1 to P4",
    "line": "1, 2 or 3",
    "q": "words in number, summary, description or public comments",
    "sort": "due, -opened or priority",
    "limit": "how many (50)",
    "after": "go on where the last page ended",
}


def up(settings: Settings, _: Namespace) -> int:
    """Run the desk on this machine."""
    # Only this command needs the engine's client, which takes long to load.
    from embedded.up import up

    try:
        return up(settings, _say)
    except CannotStart as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or settings.home}: {error.strerror}") from error


def _say(line: str) -> None:
    print(f"firstline: {line}", file=sys.stderr, flush=True)


def token(settings: Settings, options: Namespace) -> int:
    """Print a token of a person, or revoke one."""
    if options.who == "revoke":
        if options.token is None:
            raise CommandError("say which token: firstline token revoke TOKEN")
        _revoke(settings, options.token)
        return DONE
    if options.token is not None:
        raise CommandError("say one e-mail address: firstline token EMAIL [--days N]")
    days = settings.token_days if options.days is None else options.days
    print(_signed(settings, options.who, days))
    return DONE


def _signed(settings: Settings, email: str, days: int) -> str:
    with _database(settings) as engine, reading(engine) as connection:
        person = load_organisation(connection).person_by_email(email)
    if person is None or not person.active:
        raise CommandError(f"{email} is nobody who is active here: see `firstline import`")
    try:
        return tokens.sign(desk_secret(settings), person.id, days, datetime.now(UTC))
    except ValueError as error:
        raise CommandError(str(error)) from error


def _revoke(settings: Settings, token: str) -> None:
    try:
        claims = tokens.read(desk_secret(settings), token)
    except tokens.TokenRefused as error:
        raise CommandError(str(error)) from error
    with _database(settings) as engine, writing(engine) as connection:
        revoke(connection, claims.id, expires_at=claims.expires, now=datetime.now(UTC))


def vendor(settings: Settings, options: Namespace) -> int:
    """Print the secret of a vendor."""
    with _database(settings) as engine, reading(engine) as connection:
        known = load_organisation(connection).vendor(options.vendor)
    if known is None:
        raise CommandError(f"{options.vendor} is no vendor here: see `firstline import`")
    print(webhook.shown(webhook.secret_of(desk_secret(settings), known.id, known.generation)))
    return DONE


def migrate(settings: Settings, _: Namespace) -> int:
    """Bring the database to the schema of this version."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _usable(settings) as engine:
        bring_up_to_date(engine)
    return DONE


def load(settings: Settings, options: Namespace) -> int:
    """Import an organisation and print what became of it."""
    try:
        text = options.file.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{options.file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{options.file} is not a text file in UTF-8") from error
    with _database(settings) as engine:
        try:
            print(import_organisation(engine, text, str(options.file)))
        except PolicyError as error:
            raise CommandError(f"nothing was imported\n{error}") from error
    return DONE


@contextmanager
def _usable(settings: Settings) -> Iterator[Engine]:
    try:
        with opened(settings) as engine:
            yield engine
    except NotUsable as error:
        raise CommandError(str(error)) from error


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    """The database, with the schema of this version in it."""
    nothing_yet = not settings.database_url and not settings.home.exists()
    with _usable(settings) as engine:
        if nothing_yet or not is_current(engine):
            raise CommandError(
                "the database is not of this version: run `firstline migrate`, or start the desk "
                "with `firstline up`"
            )
        yield engine


def tickets(settings: Settings, options: Namespace) -> int:
    """List tickets."""
    given = vars(options).items()
    query = {name: value for name, value in given if name in FILTERS and value is not None}
    with _caller(settings, options.who) as caller:
        page = caller.get("/tickets", query)
    for line in table(page) or ("no tickets",):
        print(line)
    if page.get("next"):
        _say(f"there are more: --after {page['next']}")
    return DONE


def step(settings: Settings, options: Namespace) -> int:
    """Take a step and show the ticket as it is then."""
    body = step_body(options.words)
    path = f"/tickets/{quote(options.number, safe='')}/steps"
    with _caller(settings, options.who) as caller:
        ticket = caller.post(path, body)
    print("\n".join(facts(ticket)))
    return DONE


def _caller(settings: Settings, email: str) -> Caller:
    return Caller(local_url(settings), _signed(settings, email, ONE_DAY))
