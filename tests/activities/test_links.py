"""The link in a mail that asks for a decision: in the mail, and nowhere else."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from settings import Settings, desk_secret
from store.engine import writing
from store.messages import Decides
from store.recording import record
from tests.activities.test_delivery import deliver, make_message, settings
from tests.builders import NOW, NUMBER, make_record
from tokens import Question, read_question

__all__ = ["settings"]


async def asked(settings: Settings, engine: Engine) -> EmailMessage:
    """The mail of a message that asks rosa for a decision."""
    question = Decides(stage="budget", form=2, wish="w")
    with writing(engine) as connection:
        record(connection, make_record(), [make_message(decides=question, language="de")])
    (settings.home / "mail").mkdir(parents=True, exist_ok=True)
    await deliver(settings.model_copy(update={"smtp_host": None}), engine)
    (path,) = (settings.home / "mail").glob("*.eml")
    found = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_a_mail_that_asks_for_a_decision_has_a_link_that_only_its_person_has(
    settings: Settings, sqlite_engine: Engine
) -> None:
    lasting = settings.model_copy(update={"decide_link_days": 3})
    first = (await asked(lasting, sqlite_engine)).get_content()
    *_, last = first.rstrip().splitlines()
    assert "Er gilt nur für Sie" in first
    assert last.startswith(f"{settings.address}/decide/")
    asks = read_question(desk_secret(settings), last.rpartition("/")[2])
    assert asks == Question("p-rosa", NUMBER, "budget", 2, "w", NOW + timedelta(days=3))


async def test_the_link_is_the_same_at_each_attempt_and_is_kept_nowhere(
    settings: Settings, sqlite_engine: Engine
) -> None:
    with capture_logs() as logs:
        first = (await asked(settings, sqlite_engine)).get_content()
    with writing(sqlite_engine) as connection:
        connection.execute(text("UPDATE messages SET state = 'failed'"))
        rows = str(connection.execute(text("SELECT * FROM messages")).all())
    assert (await asked(settings, sqlite_engine)).get_content() == first
    secret = first.rstrip().rpartition("/")[2]
    assert secret not in rows
    assert secret not in str(logs)


async def test_without_the_common_secret_there_is_no_link_but_a_mail(
    settings: Settings, sqlite_engine: Engine
) -> None:
    elsewhere = settings.model_copy(update={"database_url": "postgresql+psycopg://desk@db/desk"})
    assert "/decide/" not in (await asked(elsewhere, sqlite_engine)).get_content()
