"""The link in a mail that asks for a decision: made as it is sent, the same at each attempt."""

from datetime import timedelta

import structlog

from settings import Settings, SettingsError, desk_secret
from store.messages import Message
from tokens import Question, sign_question

log = structlog.get_logger(__name__)


def link_of(message: Message, settings: Settings) -> str | None:
    """Where the person of the message decides without a token; None when there is no question."""
    if message.decides is None or message.person is None:
        return None
    try:
        secret = desk_secret(settings)
    except SettingsError:
        # Without a link one can still decide, by the address in the text.
        log.warning("no_link_without_a_secret", ticket=message.ticket)
        return None
    question = Question(
        person=message.person,
        ticket=message.ticket,
        stage=message.decides.stage,
        form=message.decides.form,
        wish=message.decides.wish,
        expires=message.created_at + timedelta(days=settings.decide_link_days),
    )
    return f"{settings.address}/decide/{sign_question(secret, question)}"
