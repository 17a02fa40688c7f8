"""What must be true of the database before the desk starts: its schema, and people in it."""

from pathlib import Path

from embedded.database import NotUsable, opened
from embedded.processes import Say
from embedded.refusals import CannotStart
from settings import Settings
from store.engine import reading
from store.import_organisation import import_organisation
from store.migrate import migrate
from store.organisation import Organisation, load
from store.reads import Engine

DEMONSTRATION = Path(__file__).parent.parent / "examples" / "organisation.yaml"


def prepare(settings: Settings, say: Say) -> Organisation:
    """Migrate, and on the first start of all load the demonstration organisation.

    Raises:
        CannotStart: when the database cannot be used.
    """
    try:
        with opened(settings) as engine:
            migrate(engine)
            organisation = _organisation(engine)
            if organisation.people:
                return organisation
            text = DEMONSTRATION.read_text(encoding="utf-8")
            import_organisation(engine, text, DEMONSTRATION.name)
            say(f"loaded the demonstration organisation ({DEMONSTRATION.name})")
            return _organisation(engine)
    except NotUsable as error:
        raise CannotStart(str(error)) from error


def _organisation(engine: Engine) -> Organisation:
    with reading(engine) as connection:
        return load(connection)
