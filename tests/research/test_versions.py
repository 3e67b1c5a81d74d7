"""Current versions: registry, then cache, then the curated file, and always from where."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import PackageVersion
from projects.research import curated
from projects.research.errors import UnknownPackage
from projects.research.options import ResearchOptions
from projects.research.technology import describe, incompatible, knowledge, research_technologies
from projects.research.versions import PackageInfo, current_version, current_versions
from tests.research.conftest import Index

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.4")]
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(seconds=86_401)
NO_RETRY = ResearchOptions(max_retries=0, timeout=5)


def wheel(name: str, version: str, python: str = ">=3.9") -> dict[str, object]:
    return {
        "filename": f"{name}-{version}-py3-none-any.whl", "requires-python": python,
        "upload-time": "2026-01-02T00:00:00Z",
    }  # fmt: skip


def test_the_registry_is_asked_once_a_day(index: Index) -> None:
    index.json("todo-kit", wheel("todo_kit", "1.0"), wheel("todo_kit", "2.0"))
    first = current_versions(["Todo_Kit"], now=NOW)["todo-kit"]
    assert (first.version, first.source, first.checked_at) == ("2.0", "registry", NOW)
    assert first.released_at == dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    index.json("todo-kit", wheel("todo_kit", "3.0"))
    with CaptureQueriesContext(connection) as queries:
        second = current_versions(["todo-kit"], now=NOW + dt.timedelta(hours=23))["todo-kit"]
    assert (second.version, second.source, second.checked_at, second.stale) == ("2.0", "cache", NOW, False)
    assert len(queries) == 1
    third = current_versions(["todo-kit"], now=LATER)["todo-kit"]
    assert (third.version, third.source) == ("3.0", "registry")


def test_an_old_answer_serves_while_the_registry_is_away(index: Index) -> None:
    index.json("todo", wheel("todo", "1.0"))
    current_versions(["todo"], now=NOW)
    index.pages["/simple/todo/"] = (500, "text/plain", "broken")
    found = current_versions(["todo"], now=LATER, options=NO_RETRY)["todo"]
    assert (found.version, found.source, found.stale, found.checked_at) == ("1.0", "cache", True, NOW)


@pytest.mark.usefixtures("no_index")
def test_the_curated_file_serves_where_nothing_was_kept() -> None:
    found = current_versions(["fastapi", "no-such-package-here"], now=NOW, options=NO_RETRY)
    assert list(found) == ["fastapi"]
    shipped = curated.load()
    assert (found["fastapi"].source, found["fastapi"].checked_at) == ("curated", shipped.date)
    assert found["fastapi"].version == shipped.packages["fastapi"].version
    assert PackageVersion.objects.count() == 0


def test_the_version_is_one_that_runs_on_that_python(index: Index) -> None:
    index.json("todo", wheel("todo", "1.0"), wheel("todo", "2.0", ">=3.13"))
    assert current_versions(["todo"], python="3.11", now=NOW)["todo"].version == "1.0"
    assert current_versions(["todo"], python="3.13", now=NOW)["todo"].version == "2.0"


def test_many_packages_one_answer_each(index: Index) -> None:
    for name in ("aa", "bb", "cc"):
        index.json(name, wheel(name, "1.0"))
    assert {i.version for i in current_versions(["aa", "bb", "cc", "dd"], now=NOW).values()} == {"1.0"}
    assert PackageVersion.objects.count() == 3


def test_an_unknown_package_is_said_so(index: Index) -> None:
    with pytest.raises(UnknownPackage):
        current_version("todo")


def test_this_machines_own_index_knows_a_real_package() -> None:
    found = current_version("fastapi")
    assert found.source == "registry"
    assert found.requires_python
    assert found.released_at is not None


def test_technology_joins_curated_facts(index: Index) -> None:
    index.json("fastapi", wheel("fastapi", "9.9"), status="deprecated")
    info = research_technologies(["fastapi"])["fastapi"]
    assert (info.name, info.version, info.source) == ("fastapi", "9.9", "registry")
    assert info.documentation_url.startswith("https://")
    assert info.best_practices
    assert "archived or deprecated" in info.deprecations[0]
    assert info.compatibility["python"] == "Python >=3.9"


def info(requires_python: str) -> PackageInfo:
    return PackageInfo(
        name="todo", version="1", released_at=None, requires_python=requires_python, deprecated=False,
        source="registry", checked_at=NOW,
    )  # fmt: skip


def test_a_package_without_facts_is_described_too() -> None:
    assert describe(info("")).compatibility == {}


def test_what_does_not_run_on_a_python_is_named() -> None:
    assert incompatible([info(">=3.12"), info(">=3.9"), info(""), info("odd")], python="3.11") == [
        "todo 1 needs Python >=3.12, not 3.11."
    ]


def test_every_curated_fact_is_whole() -> None:
    for name, facts in knowledge().items():
        assert {"documentation_url", "best_practices", "deprecations", "compatibility"} == facts.keys(), name
        assert facts["best_practices"], name
