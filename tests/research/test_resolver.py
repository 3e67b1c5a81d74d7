"""A compatible set: from this machine's own index, from the cache, from what is shipped."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import pytest
import yaml

from autodev.blueprints.manifest import Manifest
from autodev.blueprints.registry import all_blueprints
from projects.research import curated
from projects.research.errors import RefusedRequirement, RegistryUnreachable, ResolutionConflict
from projects.research.options import ResearchOptions
from projects.research.refresh_curated import refresh, requirement_sets
from projects.research.resolver import lower_bound, resolve
from tests.checks import sample

pytestmark = pytest.mark.feature("F1.4")
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
QUICK = ResearchOptions(max_retries=0, timeout=20)
SMALL = ["anyio>=4", "psycopg[binary]", 'colorama; sys_platform == "win32"']


def test_a_set_with_pins_dates_and_a_hashed_lock(tmp_path: Path) -> None:
    found = resolve(SMALL, cache=tmp_path, now=NOW)
    assert (found.source, found.resolved_at) == ("registry", NOW)
    assert list(found.pins) == ["anyio", "psycopg[binary]", "colorama"]
    assert found.packages["psycopg-binary"] == found.pins["psycopg[binary]"]
    assert found.sources["anyio"] == "registry 2026-11-21"
    assert found.released["anyio"].tzinfo is not None
    assert f"anyio=={found.pins['anyio']} \\\n    --hash=sha256:" in found.lock
    assert "colorama==" in found.lock
    assert "sys_platform == 'win32'" in found.lock
    assert not re.search(r"://|--index|--extra|--find-links", found.lock)


def test_a_warm_answer_is_quick_and_says_that_it_is_kept(tmp_path: Path) -> None:
    first = resolve(SMALL, cache=tmp_path, now=NOW)
    begun = time.thread_time()
    second = resolve(list(reversed(SMALL)), python="3.11", cache=tmp_path, now=NOW + dt.timedelta(hours=23))
    assert time.thread_time() - begun < 0.1
    assert (second.source, second.resolved_at, second.lock) == ("cache", NOW, first.lock)
    assert dict(second.pins) == dict(first.pins)
    assert dict(second.released) == dict(first.released)


def test_latest_is_not_compatible_so_the_resolver_chooses(tmp_path: Path) -> None:
    found = resolve(["urllib3", "requests==2.31.0", "urllib3<2.1"], cache=tmp_path)
    assert found.packages["urllib3"].startswith("2.0")


def test_a_conflict_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ResolutionConflict, match="pydantic") as caught:
        resolve(["fastapi>=0.110", "pydantic<1"], cache=tmp_path)
    assert "://" not in str(caught.value)


@pytest.mark.parametrize(
    "line", ["x @ https://example.com/x.whl", "-r other.txt", "--index-url https://example.com", "./here", "", "a\nb"]
)
def test_only_names_are_resolved(line: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedRequirement):
        resolve([line], cache=tmp_path)


def test_the_lower_bound_of_python() -> None:
    assert [lower_bound(text) for text in (">=3.11", "3.12", ">=3.11,<4")] == ["3.11", "3.12", "3.11"]
    with pytest.raises(ValueError, match="not a Python"):
        lower_bound("new")


def test_a_broken_cache_file_is_made_anew(tmp_path: Path) -> None:
    resolve(["anyio"], cache=tmp_path, now=NOW)
    next(tmp_path.glob("*.json")).write_text("{")
    assert resolve(["anyio"], cache=tmp_path, now=NOW).source == "registry"
    assert resolve(["anyio"], cache=tmp_path, now=NOW).source == "cache"


@pytest.mark.usefixtures("no_index")
class TestWithoutRegistry:
    def test_an_old_answer_serves_and_says_its_age(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.delenv("UV_DEFAULT_INDEX")
            patch.delenv("UV_NO_CACHE")
            resolve(SMALL, cache=tmp_path, now=NOW)
        found = resolve(SMALL, cache=tmp_path, now=NOW + dt.timedelta(days=3), options=QUICK)
        assert (found.source, found.resolved_at) == ("cache", NOW)
        assert "3 days ago" in found.warnings[0]
        assert "did not answer" in found.warnings[1]

    @pytest.mark.parametrize("name", [b.name for b in all_blueprints()])
    def test_every_blueprint_has_a_shipped_lock(self, name: str, tmp_path: Path) -> None:
        manifest = next(b.manifest for b in all_blueprints() if b.name == name)
        for wanted in requirement_sets(manifest):
            found = resolve(wanted, python=manifest.python, cache=tmp_path, options=QUICK)
            assert (found.source, found.resolved_at) == ("curated", curated.load().date)
            assert len(found.pins) == len(wanted)
            assert "shipped on" in found.warnings[0]
            assert "--hash=sha256:" in found.lock

    def test_without_anything_it_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(RegistryUnreachable):
            resolve(["anyio", "trio"], cache=tmp_path, options=QUICK)

    def test_a_resolver_that_hangs_is_given_up(self, tmp_path: Path) -> None:
        with pytest.raises(RegistryUnreachable, match="did not answer"):
            resolve(["anyio"], cache=tmp_path, options=ResearchOptions(max_retries=0, timeout=0.001))

    def test_the_shipped_files_are_not_made_from_a_fallback(self, tmp_path: Path) -> None:
        with pytest.raises((RuntimeError, RegistryUnreachable)):
            refresh([b.manifest for b in all_blueprints()], folder=tmp_path, now=NOW)


def test_the_shipped_files_come_from_a_real_resolution(tmp_path: Path) -> None:
    manifest = Manifest.model_validate(sample.MANIFEST.model_dump() | {
        "requirements": {"runtime": ["anyio"], "dev": [], "by_database": {"postgresql": ["sniffio"], "sqlite": []}},
    })  # fmt: skip
    (tmp_path / "curated").mkdir()
    (tmp_path / "curated" / "old.lock").write_text("")
    assert refresh([manifest], folder=tmp_path, now=NOW) == 2
    data = yaml.safe_load((tmp_path / "curated.yaml").read_text())
    assert data["date"] == NOW.isoformat()
    assert {"anyio", "sniffio"} <= data["packages"].keys()
    assert len(list((tmp_path / "curated").glob("*.lock"))) == 2
    digest = curated.set_digest(["anyio"], "3.11")
    assert "anyio==" in (curated.lock_for(digest, tmp_path / "curated") or "")


def test_uv_missing_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RegistryUnreachable, match="uv is not installed"):
        resolve(["anyio"], cache=tmp_path)
