"""Log records: ids of the build, task and attempt from context variables, and the two forms a record is written in."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime

from autodev.lib.plain import printable, storable

_ids: ContextVar[dict[str, str]] = ContextVar("autodev_log_ids", default={})  # noqa: B039 - never changed in place

# What every record has; anything else on it came in by `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "ids", "taskName", "color_message"}


@contextlib.contextmanager
def log_context(**ids: object) -> Iterator[None]:
    """Within it every record of this thread or coroutine carries these ids, e.g. build_id, task_id, attempt."""
    token = _ids.set({**_ids.get(), **{name: str(value) for name, value in ids.items()}})
    try:
        yield
    finally:
        _ids.reset(token)


class ContextFilter(logging.Filter):
    """Puts the current ids on the record; on the handler, so that other libraries' records have them too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.ids = dict(_ids.get())
        return True


def _fields(record: logging.LogRecord) -> dict[str, object]:
    extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    return {**getattr(record, "ids", {}), **extra}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC, ISO 8601), level, logger, event, the ids, the extra fields, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return storable(json.dumps(line, default=str, ensure_ascii=False))


class PlainFormatter(logging.Formatter):
    """`12:30:01 INFO projects.engine claimed task_id=… epoch=2`; only a traceback has more than the one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the standard library
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        return f"{super().formatMessage(record)} {fields}".rstrip().replace("\r", "\\r").replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))
