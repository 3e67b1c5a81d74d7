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


HOSTILE = "x\n12:00:00 INFO root all is well\x1b[2J \ud800"


def test_a_field_makes_no_line_of_its_own_and_moves_no_cursor() -> None:
    """Errors of providers, repositories and databases hold what strangers wrote."""
    line = PlainFormatter().format(record(error=HOSTILE, msg=HOSTILE))
    assert line.splitlines() == [line]
    assert "\x1b" not in line
    line.encode()
    assert "\n" not in JsonFormatter().format(record(error=HOSTILE))


def test_half_a_letter_loses_no_record() -> None:
    line = JsonFormatter().format(record(error=HOSTILE))
    assert json.loads(line.encode())["error"] == HOSTILE.replace("\ud800", "?")


def test_a_traceback_of_a_person_keeps_its_lines() -> None:
    told = PlainFormatter().format(record(exc_info=(ValueError, ValueError(HOSTILE), None)))
    assert told.splitlines()[1:] == ["ValueError: x", "12:00:00 INFO root all is well[2J ?"]
