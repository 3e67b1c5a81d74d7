"""What the configuration changes, and what it refuses because nothing would change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from autodev.blueprints.selection import choose
from autodev.coder.config import ConfigInvalid, load
from autodev.contracts.contexts import ImplementContext
from autodev.contracts.job import JobKind
from autodev.contracts.options import OptionsInvalid, read_options
from autodev.spec.rules import analyse
from projects.checks.python.smoke import Smoke
from projects.pipeline.rungs import Relaxed, ladder_of
from providers.kinds.blueprint import BlueprintKind
from tests.checks import sample
from tests.checks.conftest import Climb, backend, climb, layers, lock, rung
from tests.providers.test_perform import IDEA, Workspace, job

__all__ = ["backend", "climb", "layers", "lock"]


@pytest.mark.parametrize(
    ("text", "key", "why"),
    [
        ("generation: {tests: false}", "generation.tests", "only on its tests"),
        ("orchestration: {checkpoint_interval: 1}", "orchestration.checkpoint_interval", "greater than or equal to 5"),
    ],
)
def test_a_key_that_cannot_be_honoured_is_refused_with_the_reason(
    tmp_path: Path, text: str, key: str, why: str
) -> None:
    file = tmp_path / "autodev.yaml"
    file.write_text(text)
    with pytest.raises(ConfigInvalid, match=why) as refusal:
        load(file)
    assert key in str(refusal.value)
    file.write_text("generation: {tests: true}\norchestration: {checkpoint_interval: 60}\n")
    assert load(file).orchestration.checkpoint_interval == 60


def made(*, documentation: bool) -> set[str]:
    workspace = Workspace()
    context = ImplementContext(
        spec=analyse(IDEA), blueprint="fastapi-service", pins={}, options={"documentation": documentation}
    )
    asyncio.run(BlueprintKind().perform(job(JobKind.IMPLEMENT, context, workspace=workspace)))
    return set(workspace.files)


def test_documentation_false_leaves_the_docs_out() -> None:
    whole, bare = made(documentation=True), made(documentation=False)
    assert whole - bare
    assert all(path.startswith("docs/") for path in whole - bare)
    assert "README.md" in bare


def test_options_shape_the_ladder() -> None:
    rungs = {r.key: r for r in ladder_of(sample.MANIFEST, {"validation": {"strict_mode": False}})}
    assert isinstance(rungs["lint"], Relaxed)
    assert rungs["smoke"] == Smoke(load=True)
    rungs = {
        r.key: r
        for r in ladder_of(sample.MANIFEST, {"validation": {"security_scan": False, "performance_check": False}})
    }
    assert rungs.keys().isdisjoint({"security", "secrets", "dependencies"})
    assert rungs["smoke"] == Smoke(load=False)


def test_without_the_performance_check_no_load_is_put_on_the_product(
    climb: Climb, monkeypatch: pytest.MonkeyPatch
) -> None:
    rungs = ladder_of(sample.MANIFEST, {"validation": {"performance_check": False}})
    monkeypatch.setattr("projects.checks.ladder.rungs_for", lambda manifest: rungs)
    smoke = rung(climb(only={"smoke"}), "smoke")
    assert smoke.status == "passed", smoke
    assert "startup_ms" in smoke.metrics
    assert "p95_ms" not in smoke.metrics


def test_preferences_decide_between_blueprints_that_fit() -> None:
    first = registry.get("fastapi-service")
    other = Blueprint(
        first.manifest.model_copy(update={"name": "other", "framework": "litestar", "title": "Litestar"}),
        first.folder, first.package,
    )  # fmt: skip
    spec = analyse(IDEA)
    chosen = choose(spec.model_copy(update={"framework": None}), [first, other])
    assert chosen.blueprint is first
    liking = spec.model_copy(update={"framework": None, "preferences": {"framework": "Litestar", "testing": "pytest"}})
    chosen = choose(liking, [first, other])
    assert chosen.blueprint is other
    assert chosen.reason.endswith("as preferred: Litestar.")
    assert chosen.alternatives == [("fastapi-service", "fits too; other meets more of the preferences")]
    must = liking.model_copy(update={"framework": "fastapi"})
    assert choose(must, [first, other]).blueprint is first


@pytest.mark.feature("F3.4")
def test_patience_travels_with_a_build_only_where_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "autodev.yaml"
    file.write_text("patience_s: 0\n")
    assert load(file).build_options()["patience_s"] == 0
    assert "patience_s" not in load(None).build_options()
    assert read_options({"patience_s": 60}) == {"patience_s": 60}
    with pytest.raises(OptionsInvalid, match="patience_s"):
        read_options({"patience_s": -1})
