"""Settings say which variable is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from autodev.settings.broker import broker_url
from autodev.settings.databases import configured
from autodev.settings.environment import Environment


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("perhaps", lambda env: env.flag("X", default=False)),
        ("1.5", lambda env: env.integer("X", 1)),
        ("0", lambda env: env.integer("X", 1, least=1)),
        ("9", lambda env: env.integer("X", 1, most=8)),
        ("much", lambda env: env.number("X", 1.0)),
        ("c", lambda env: env.choice("X", ("a", "b"), "a")),
        ("mysql://host/name", lambda env: env.database("X", "")),
        ("no address", lambda env: env.database("X", "")),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(
    value: str, read: Callable[[Environment], object]
) -> None:
    with pytest.raises(ImproperlyConfigured, match="X"):
        read(Environment({"X": value}))


def test_values_are_typed_and_an_empty_one_is_the_default() -> None:
    env = Environment({"FLAG": "Yes", "COUNT": " 7 ", "LIST": "a, b,", "EMPTY": "  "})
    assert env.flag("FLAG", default=False) is True
    assert env.integer("COUNT", 1) == 7
    assert env.listing("LIST") == ["a", "b"]
    assert env.text("EMPTY", "default") == "default"
    assert env.choice("MISSING", ("a", "b"), "b") == "b"


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")
    assert Environment({"KEY_FILE": str(file)}).secret("KEY") == "from the file"
    assert Environment({"KEY": "given"}).secret("KEY") == "given"
    assert Environment({}).secret("KEY") is None


def test_a_list_of_secrets_comes_from_its_file_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("first\nsecond, third\n")
    assert Environment({"KEYS_FILE": str(file)}).secret_listing("KEYS") == ["first", "second", "third"]
    assert Environment({"KEYS": "a,b"}).secret_listing("KEYS") == ["a", "b"]
    assert Environment({}).secret_listing("KEYS") == []


@pytest.mark.parametrize("content", [None, ""])
def test_a_secret_file_that_says_nothing_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ImproperlyConfigured, match="KEY_FILE"):
        Environment({"KEY_FILE": str(file)}).secret("KEY")


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="KEY and KEY_FILE"):
        Environment({"KEY": "a", "KEY_FILE": str(tmp_path)}).secret("KEY")


def test_sqlite_is_durable_and_takes_its_write_lock_at_once() -> None:
    found = configured(Environment({}).database("X", "sqlite:////data/autodev.sqlite3"), slots=2)
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]


def test_postgresql_has_a_pool_that_holds_every_slot() -> None:
    found = configured(Environment({}).database("X", "postgres://a:b@host/name"), slots=7)
    assert found["OPTIONS"]["pool"]["max_size"] > 7
    assert found["CONN_HEALTH_CHECKS"] is True
    assert found["CONN_MAX_AGE"] == 0


def test_celery_gets_the_address_in_its_own_words() -> None:
    assert broker_url(None) == "memory://"
    assert broker_url("redis://host:1/2") == "redis://host:1/2"
    assert broker_url("unix:///run/r.sock?db=3") == "redis+socket:///run/r.sock?virtual_host=3"
