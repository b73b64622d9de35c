"""Log lines for programs: one JSON object a line, with what is known of the run that it belongs to.

Belongs here: the fields of a line, and what must never be in one. Does not belong here: what is worth a line.
The fields of a run are context variables, which threads and coroutines take over from whoever starts them.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from flows import settings

# Whose lines are wanted whole; other libraries speak from WARNING on, Prefect as $PREFECT_LOGGING_LEVEL says.
OURS = ("flows", "sources", "transforms", "warehouse", "expectations")

_FIELDS: ContextVar[Mapping[str, str]] = ContextVar("fields", default={})  # noqa: B039  # it is never changed
_USER = re.compile(r"(?<=//)[^/?#\s@]+@")  # https://user:password@host


@contextmanager
def about(**fields: str) -> Iterator[None]:
    """Every line of this block bears `fields`: run, stage, source, url."""
    token = _FIELDS.set(fields_of(**fields))
    try:
        yield
    finally:
        _FIELDS.reset(token)


def fields_of(**more: str) -> dict[str, str]:
    """The fields of the block that is under way, and `more`: to hand them to a process of its own."""
    return {**_FIELDS.get(), **more}


def adopt(fields: Mapping[str, str]) -> None:
    """Bear the fields of the process that started this one, in its form."""
    _FIELDS.set(fields)
    configure()


def configure() -> None:
    """Write log lines as $NIGHTDESK_LOG_FORMAT says. Text is as every library and Prefect has it, and is left alone."""
    if settings.log_format() == "json":
        _to_json()


def _to_json() -> None:
    """Prefect keeps a root handler that is there when it is imported; one that is set afterwards takes the place of its own."""
    logging.root.handlers = [json_handler(sys.stderr)]
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG if settings.debug() else logging.INFO)


def json_handler(stream: TextIO) -> logging.Handler:
    """Writes one object a line: time (UTC), level, logger, message, fields of the block, exception, and what a library adds."""
    from pythonjsonlogger.json import JsonFormatter  # no part of a text log's start

    secrets = settings.secrets()

    class Lines(JsonFormatter):
        def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # logging's name
            return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            return _without_secrets(_told_once(log_data), secrets)

    names = {"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "exception"}
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(["asctime", "levelname", "name", "message"], rename_fields=names, json_ensure_ascii=False))
    handler.addFilter(_with_fields)
    return handler


def _with_fields(record: logging.LogRecord) -> bool:
    """What the line itself says of its source and URL goes before what is known of the block."""
    for name, value in _FIELDS.get().items():
        record.__dict__.setdefault(name, value)
    return True


def _told_once(line: dict[str, Any]) -> dict[str, Any]:
    """Without the source and URL at the head of the message, where a text line needs them."""
    head = f"source={line.get('source')} url={line.get('url')} "
    return line | {"message": line["message"].removeprefix(head)}


def _without_secrets(line: Mapping[str, Any], secrets: Sequence[str]) -> dict[str, Any]:
    return {name: _clean(value, secrets) if isinstance(value, str) else value for name, value in line.items()}


def _clean(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "(secret)")
    return _USER.sub("", text)
