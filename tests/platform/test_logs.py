"""A log line is an event with fields, and carries the ids of what it is about."""

from __future__ import annotations

import json
import logging

from autodev.lib.logs import ContextFilter, JsonFormatter, PlainFormatter, log_context


def record(**extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "projects.engine", "levelname": "INFO", "msg": "task.claimed", **extra})
    ContextFilter().filter(made)
    return made


def test_json_has_the_event_the_ids_and_the_fields() -> None:
    with log_context(build_id="b1"), log_context(task_id="t1", attempt=2):
        line = json.loads(JsonFormatter().format(record(epoch=3)))
    assert (line["event"], line["level"], line["logger"]) == ("task.claimed", "info", "projects.engine")
    assert (line["build_id"], line["task_id"], line["attempt"], line["epoch"]) == ("b1", "t1", "2", 3)


def test_ids_end_with_their_context() -> None:
    with log_context(build_id="b1"):
        pass
    assert "build_id" not in json.loads(JsonFormatter().format(record()))


def test_an_exception_comes_with_its_traceback_in_one_line() -> None:
    try:
        int("no")
    except ValueError as error:
        line = JsonFormatter().format(record(exc_info=(ValueError, error, error.__traceback__)))
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["traceback"]


def test_plain_is_for_a_person() -> None:
    with log_context(build_id="b1"):
        assert (
            PlainFormatter().format(record(epoch=3)).endswith("INFO projects.engine task.claimed build_id=b1 epoch=3")
        )
