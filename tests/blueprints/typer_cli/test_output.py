"""The rendered tool in the sandbox: its own tests, types, lint and security are green, and it does what was asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.blueprints import registry
from autodev.sandbox import Layer, SandboxBackend, SandboxSpec, Toolchain, get_backend, python_layer, python_toolchain
from autodev.spec.checks import CliCheck, CliRun, digest
from autodev.spec.schema import Spec
from projects.checks.acceptance import CheckOutcome, FrozenCheck, Product, run_acceptance
from tests.blueprints.typer_cli.specs import CSVSTAT, EVERY_KIND

BLUEPRINT = registry.get("typer-cli")
DATA = "name,price,amount\ntea,1.50,10\nmilk,2.50,\nbread,4,30\n"
CHECKS = [
    CliCheck(
        id="figures",
        title="figures are right on a sample",
        files={"data.csv": DATA},
        runs=(
            CliRun(
                args=("data.csv",),
                stdout_regex=(r"^price +3 +2\.666667 +1\.5 +4$", r"^amount +2 +20 +10 +30$"),
                stdout_lacks=("name",),
                stderr_contains=("'name' is not numeric",),
            ),
            CliRun(args=("-", "--json"), stdin=DATA, stdout_contains=('"mean": 20',)),
        ),
    ),
    CliCheck(
        id="wrong_input",
        title="missing, empty and non-numeric files",
        files={"empty.csv": "", "words.csv": "a,b\nx,y\n", "ragged.csv": "a,b\n1\n"},
        runs=(
            CliRun(args=("missing.csv",), exit_code=1, stderr_contains=("no such file",)),
            CliRun(args=("empty.csv",), exit_code=1, stderr_contains=("is empty",)),
            CliRun(args=("words.csv",), exit_code=1, stderr_contains=("no numeric column",)),
            CliRun(args=("ragged.csv",), exit_code=1, stderr_contains=("line 2",)),
            CliRun(args=(".",), exit_code=1, stderr_contains=("is a directory",)),
            CliRun(args=(), exit_code=2),
        ),
    ),
]
MUTATIONS = [
    ("figures", "column.total / column.count", "column.total / (column.count + 1)", "price +3"),
    ("wrong_input", 'raise InputError("has no numeric column")', "pass", "exit code 1"),
]


@pytest.fixture(scope="module")
def backend() -> SandboxBackend:
    found = get_backend()
    assert found.name != "refusing", found.probe().reasons
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    return python_toolchain(tmp_path_factory.mktemp("toolchain"))


@pytest.fixture(scope="module")
def layer(backend: SandboxBackend) -> Layer:
    requirements = BLUEPRINT.manifest.requirements
    return python_layer("\n".join([*requirements.runtime, *requirements.dev]) + "\n", backend=backend)


def written(spec: Spec, root: Path) -> Path:
    for path, text in BLUEPRINT.render(spec, pins={}, lock=None).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return root


@pytest.mark.slow
@pytest.mark.feature("F1.4")
@pytest.mark.parametrize("spec", [CSVSTAT, EVERY_KIND], ids=lambda spec: spec.name)
def test_rendered_project_is_green(
    spec: Spec, layer: Layer, python: Toolchain, backend: SandboxBackend, tmp_path: Path
) -> None:
    root = written(spec, tmp_path / "project")
    commands = [
        ["pytest", "-q", "--cov"],
        ["mypy", "src"],
        ["mypy", "tests"],
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
        ["bandit", "-q", "-r", "src"],
    ]
    for command in commands:
        result = backend.run(
            SandboxSpec(
                argv=[f"{layer.mount}/bin/{command[0]}", *command[1:]],
                workspace=root,
                mount="/workspace/app",
                ro_layers={**python.ro_layers, **layer.ro_layers},
                env={"PATH": f"{layer.mount}/bin:/usr/bin:/bin"},
            )
        )
        assert result.ok, f"{command}: {result.status}\n{result.stdout}{result.stderr}"
        if command[0] == "pytest":
            assert "Total coverage: 100.00%" in result.stdout


def accepted(root: Path, layer: Layer, python: Toolchain, backend: SandboxBackend) -> dict[str, CheckOutcome]:
    product = Product(
        manifest=BLUEPRINT.manifest,
        root=root,
        layers={**python.ro_layers, **layer.ro_layers},
        python=f"{layer.mount}/bin/python",
    )
    checks = [FrozenCheck(check=check, digest=digest(check)) for check in CHECKS]
    return {o.check_id: o for o in run_acceptance(checks=checks, product=product, backend=backend)}


def test_csvstat_does_what_was_asked(layer: Layer, python: Toolchain, backend: SandboxBackend, tmp_path: Path) -> None:
    found = accepted(written(CSVSTAT, tmp_path / "project"), layer, python, backend)
    assert {name: outcome.failure for name, outcome in found.items()} == {"figures": "", "wrong_input": ""}


@pytest.mark.parametrize(("check", "good", "bad", "expected"), MUTATIONS)
def test_broken_rule_turns_its_check_red(
    check: str,
    good: str,
    bad: str,
    expected: str,
    layer: Layer,
    python: Toolchain,
    backend: SandboxBackend,
    tmp_path: Path,
) -> None:
    root = written(CSVSTAT, tmp_path / "project")
    summary = root / "src" / "csvstat" / "summary.py"
    text = summary.read_text()
    assert text.count(good) == 1
    summary.write_text(text.replace(good, bad))
    outcome = accepted(root, layer, python, backend)[check]
    assert outcome.status == "failed"
    assert expected in outcome.failure
