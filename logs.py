"""Logs: one JSON line an event on stderr, or text where a person watches a terminal.

Standard-library loggers go the same way. Secrets and mail addresses are taken out here.
"""

import logging
import re
import sys
from collections.abc import Mapping
from functools import lru_cache

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_KEY = re.compile(r"(^|[_-])(token|authorization|password|secret)$", re.IGNORECASE)
ADDRESS = re.compile(r"[^\s<>\"'(,:;=]+@[^\s<>\"'),:;]+")
# What Temporal adds to its own log lines: ids only, no text of a ticket.
FROM_TEMPORAL = {"temporal_workflow", "temporal_activity"}
# Access lines name callers and query strings, in which people search for words of tickets.
QUIET = {"uvicorn.access": logging.CRITICAL + 1}
QUIET |= dict.fromkeys(("httpx", "httpcore", "alembic", "sqlalchemy"), logging.WARNING)


def configure(process: str, *, level: int = logging.INFO) -> None:
    """Sends every log line of this process to stderr, marked with the name of the process."""
    chain = _chain(process)
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if sys.stderr.isatty():
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=plain)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=FROM_TEMPORAL), *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _chain(process: str) -> list[Processor]:
    def named(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        named,
        structlog.processors.format_exc_info,
        redact,
    ]


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Takes out what no log may hold: the values of secret keys, and mail addresses anywhere."""
    return {key: _clean(key, value) for key, value in event.items()}


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    return SECRET_KEY.search(key) is not None


def _clean(key: str, value: object) -> object:
    if _is_secret(key):
        return "[redacted]"
    if isinstance(value, str):
        return ADDRESS.sub("[address]", value) if "@" in value else value
    if isinstance(value, Mapping):
        return {str(k): _clean(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(key, item) for item in value]
    return value
