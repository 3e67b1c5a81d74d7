"""Known vulnerabilities: what the index says, and that silence is never "clean"."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from projects.research.advisories import advisories
from tests.research.conftest import Index

pytestmark = pytest.mark.feature("F1.11")
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def answer(index: Index, name: str, version: str, *entries: dict[str, object]) -> None:
    body = json.dumps({"vulnerabilities": list(entries)})
    index.pages[f"/pypi/{name}/{version}/json"] = (200, "application/json", body)


def test_what_is_known_is_told_and_kept(index: Index, tmp_path: Path) -> None:
    answer(
        index, "aa", "1.0", {"id": "GHSA-1", "summary": "bad", "fixed_in": ["1.1"]}, {"id": "GHSA-2", "withdrawn": "x"}
    )
    answer(index, "bb", "2.0")
    first = advisories({"aa": "1.0", "bb": "2.0"}, cache=tmp_path, now=NOW)
    assert [(a.package, a.id, a.fixed_in) for a in first.found] == [("aa", "GHSA-1", ("1.1",))]
    assert first.unanswered == ()
    asked = len(index.asked)
    assert advisories({"aa": "1.0", "bb": "2.0"}, cache=tmp_path, now=NOW) == first
    assert len(index.asked) == asked
    advisories({"aa": "1.0"}, cache=tmp_path, now=NOW + dt.timedelta(hours=7))
    assert len(index.asked) == asked + 1


def test_a_package_without_an_answer_is_named(index: Index, tmp_path: Path) -> None:
    answer(index, "aa", "1.0")
    found = advisories({"aa": "1.0", "bb": "2.0"}, cache=tmp_path, now=NOW)
    assert found.unanswered == ("bb",)
    assert "404" in found.reason


def test_an_index_without_the_api_is_asked_once_in_a_while(index: Index, tmp_path: Path) -> None:
    packages = {"aa": "1.0", "bb": "2.0"}
    assert advisories(packages, cache=tmp_path, now=NOW).unanswered == ("aa", "bb")
    assert len(index.asked) == 1
    assert advisories(packages, cache=tmp_path, now=NOW + dt.timedelta(seconds=599)).unanswered == ("aa", "bb")
    assert len(index.asked) == 1
    advisories(packages, cache=tmp_path, now=NOW + dt.timedelta(seconds=601))
    assert len(index.asked) == 2


@pytest.mark.parametrize("body", ["{", "[]", '{"info": {}}', '{"vulnerabilities": [1]}'])
def test_an_answer_that_is_none(index: Index, tmp_path: Path, body: str) -> None:
    index.pages["/pypi/aa/1.0/json"] = (200, "application/json", body)
    assert advisories({"aa": "1.0"}, cache=tmp_path, now=NOW).unanswered == ("aa",)


@pytest.mark.usefixtures("no_index")
def test_no_connection(tmp_path: Path) -> None:
    found = advisories({"aa": "1.0"}, cache=tmp_path, now=NOW)
    assert (found.unanswered, found.reason) == (("aa",), "the index gives no advisories: ConnectError")


def test_no_package_no_question(tmp_path: Path) -> None:
    assert advisories({}, cache=tmp_path, now=NOW).found == ()
