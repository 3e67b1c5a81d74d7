"""Parsers of the tools' answers, the smoke run of a command, and what is seeded for mypy."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from autodev.blueprints.manifest import Manifest
from autodev.contracts.ports import Cancelled
from autodev.sandbox import Layer, SandboxBackend, SandboxInstallFailed, SandboxResult
from projects.checks.context import CheckContext, NotRun, require_tool_exit
from projects.checks.layers import LayerSource, SandboxLayers
from projects.checks.python import dependencies, mypy_seed
from projects.checks.python.dependencies import RUNG as DEPENDENCIES
from projects.checks.python.install import RUNG as INSTALL
from projects.checks.python.ruff_settings import configuration_of
from projects.checks.python.security import parse_bandit
from projects.checks.python.tests import RUNG as TESTS
from projects.checks.python.tests import parse_coverage, parse_report
from projects.checks.python.types import RUNG as TYPES
from projects.checks.python.types import configuration, parse_mypy
from projects.research.advisories import Advisories, Advisory
from tests.checks import sample
from tests.checks.conftest import Climb, red, rung
from tests.checks.sample import changed

pytestmark = pytest.mark.feature("F1.11")
CLI = Manifest.model_validate(
    sample.MANIFEST.model_dump() | {"run": None, "cli": ["python", "-m", "counter.tool"], "dialect": "cli"}
)
TOOL = '"""A tool."""\n\nimport sys\n\nif "--help" in sys.argv:\n    print("usage: tool")\n'


@pytest.fixture
def ctx(tmp_path: Path, backend: SandboxBackend, layers: LayerSource, lock: str) -> CheckContext:
    root = sample.write(tmp_path / "project")
    return CheckContext(root=root, manifest=sample.MANIFEST, lock=lock, backend=backend, layers=layers)


def test_a_command_shows_its_help(climb: Climb) -> None:
    assert rung(climb({"counter/tool.py": TOOL}, manifest=CLI, only={"smoke"}), "smoke").status == "passed"


@pytest.mark.parametrize("broken", [TOOL + "raise SystemExit('broken')\n", '"""Silent."""\n'])
def test_a_command_without_help_is_red(climb: Climb, broken: str) -> None:
    report = climb({"counter/tool.py": broken}, manifest=CLI, only={"smoke"})
    assert red(report) == {"smoke"}
    assert rung(report, "smoke").findings[0].rule == "smoke.help"


def test_packages_of_one_blueprint_share_a_seed(ctx: CheckContext, tmp_path: Path) -> None:
    program = ["/opt/tools/bin/python", "-m", "mypy", "--cache-dir", "/workspace/mypy", "--config-file", "/dev/null"]
    arguments = {"program": program, "config": b"", "home": tmp_path / "home"}
    first = mypy_seed.seed(ctx, imports=["anyio"], **arguments)  # type: ignore[arg-type]  # a table of arguments
    assert (first / "cache" / "CACHEDIR.TAG").is_file()
    assert mypy_seed.seed(ctx, imports=["anyio.abc"], **arguments) == first  # type: ignore[arg-type]  # same
    old = time.time() - mypy_seed.UNUSED_S - 1
    os.utime(first / "imports.json", (old, old))
    second = mypy_seed.seed(ctx, imports=["idna", "not a name"], **arguments)  # type: ignore[arg-type]  # same
    assert json.loads((second / "imports.json").read_text()) == ["anyio", "idna"]
    assert not first.exists()
    assert mypy_seed.required_modules(ctx) == ["fastapi", "uvicorn"]


def test_a_project_never_writes_the_seed(climb: Climb) -> None:
    climb(only={"types"})
    before = {p: p.stat().st_mtime_ns for p in mypy_seed.seed_dir().rglob("cache*")}
    assert before
    climb({"counter/more.py": '"""More."""\n\nX: int = 1\n'}, only={"types"})
    assert {p: p.stat().st_mtime_ns for p in mypy_seed.seed_dir().rglob("cache*")} == before


def test_tests_without_pytest_are_not_run(ctx: CheckContext) -> None:
    ctx.lock = "idna==3.10\n"
    with pytest.raises(NotRun, match="pytest is not among"):
        TESTS.run(ctx)


@pytest.mark.parametrize(("status", "rule"), [("timeout", "limit.timeout"), ("oom", "limit.oom")])
def test_tests_that_hit_a_limit_are_red(ctx: CheckContext, status: str, rule: str) -> None:
    result = TESTS._judge(ctx, SandboxResult(status=status))  # type: ignore[arg-type]  # a table of words
    assert (result.status, result.findings[0].rule) == ("failed", rule)


def test_tests_without_coverage_data_are_red(ctx: CheckContext) -> None:
    report = b'{"counts": {"passed": 2}}\n'
    result = TESTS._judge(ctx, SandboxResult(status="ok", exit_code=0, artefacts={"out/report.jsonl": report}))
    assert [f.rule for f in result.findings] == ["coverage"]


@pytest.mark.parametrize("kind", ["unreachable", "sandbox", "limit"])
def test_only_what_is_the_projects_fault_is_red(ctx: CheckContext, backend: SandboxBackend, kind: str) -> None:
    class Failing(SandboxLayers):
        def project(self, lock: str, **how: object) -> Layer:
            raise SandboxInstallFailed(kind, "why")  # type: ignore[arg-type]  # a table of words

    ctx.layers = Failing(backend)
    if kind == "limit":
        assert INSTALL.run(ctx).findings[0].rule == "install.limit"
    else:
        with pytest.raises(NotRun):
            INSTALL.run(ctx)


def known(*found: Advisory, unanswered: tuple[str, ...] = ()) -> Advisories:
    return Advisories(found=found, unanswered=unanswered, reason="silence" if unanswered else "")


def test_a_known_vulnerability_is_red(ctx: CheckContext, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Advisory(package="idna", version="1", id="GHSA-1", summary="bad", fixed_in=("2",))
    monkeypatch.setattr(dependencies, "advisories", lambda packages: known(bad, unanswered=("x",)))
    result = DEPENDENCIES.run(ctx)
    assert (result.status, result.findings[0].rule, result.findings[0].hint) == ("failed", "GHSA-1", "Fixed in 2.")


def test_silence_is_not_clean(ctx: CheckContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "advisories", lambda packages: known(unanswered=("idna",)))
    with pytest.raises(NotRun, match="silence"):
        DEPENDENCIES.run(ctx)
    monkeypatch.setattr(dependencies, "advisories", lambda packages: known())
    assert DEPENDENCIES.run(ctx).status == "passed"


class Laid(SandboxLayers):
    """Layers whose project holds the files that a test laid out."""

    root = Path()

    def project(self, lock: str, **how: object) -> Layer:
        return Layer(self.root, "/opt/venv", "key", built=False, log="")


@pytest.fixture
def laid(ctx: CheckContext, backend: SandboxBackend, tmp_path: Path) -> CheckContext:
    layers = Laid(backend)
    layers.root = tmp_path / "layer"
    for path in ("pydantic/mypy.py", "mypy_django_plugin/main.py"):
        (layers.root / "lib/python3.11/site-packages" / path).parent.mkdir(parents=True)
        (layers.root / "lib/python3.11/site-packages" / path).write_text("")
    ctx.layers = layers
    return ctx


def test_plugins_of_mypy_come_from_the_projects_own_layer(laid: CheckContext) -> None:
    assert b"plugins" not in configuration(laid, plugins=False)
    assert b"plugins = pydantic.mypy\n" in configuration(laid, plugins=True)


@pytest.mark.parametrize("where", ["manifest", "pyproject"])
def test_django_is_told_its_settings(laid: CheckContext, where: str) -> None:
    if where == "pyproject":
        text = '[tool.django-stubs]\ndjango_settings_module = "config.settings"\n'
        (laid.root / "pyproject.toml").write_text(text)
    else:
        run = sample.MANIFEST.model_dump()["run"] | {"env": {"DJANGO_SETTINGS_MODULE": "config.settings"}}
        laid.manifest = Manifest.model_validate(sample.MANIFEST.model_dump() | {"run": run})
    found = configuration(laid, plugins=True).decode()
    assert "plugins = pydantic.mypy, mypy_django_plugin.main\n" in found
    assert "django_settings_module = config.settings\n" in found


@pytest.mark.parametrize("text", ["[", "tool = 1\n", '[tool.django-stubs]\ndjango_settings_module = "a; b"\n'])
def test_settings_that_are_no_module_are_not_told(laid: CheckContext, text: str) -> None:
    (laid.root / "pyproject.toml").write_text(text)
    assert b"django" not in configuration(laid, plugins=True)


def test_a_source_that_mypy_cannot_read_is_red(ctx: CheckContext) -> None:
    ctx.manifest = Manifest.model_validate(sample.MANIFEST.model_dump() | {"source": "nowhere"})
    result = TYPES.run(ctx)
    assert (result.status, result.findings[0].rule) == ("failed", "mypy")


def test_cancelling_ends_a_command(ctx: CheckContext) -> None:
    with ctx.workspace() as workspace:
        ctx.cancel.set()
        with pytest.raises(Cancelled):
            ctx.run(["sleep", "60"], workspace=workspace)


def test_a_server_without_its_openapi_document_is_red(climb: Climb) -> None:
    without = changed("counter/main.py", 'FastAPI(title="Counter")', 'FastAPI(title="Counter", openapi_url=None)')
    assert [f.rule for f in rung(climb(without, only={"smoke"}), "smoke").findings] == ["smoke.openapi"]


def test_a_server_that_fails_under_load_is_red(climb: Climb) -> None:
    weak = changed(
        "counter/main.py", '    return {"status": "ok"}',
        '    if store.add(1) > 9:\n        raise HTTPException(503)\n    return {"status": "ok"}',
    )  # fmt: skip
    findings = rung(climb(weak, only={"smoke"}), "smoke").findings
    assert [(f.rule, f.message) for f in findings] == [("smoke.load", "192 of 200 requests to /health failed")]


def test_a_server_that_dies_is_red(climb: Climb) -> None:
    dies = changed(
        "counter/main.py", '    return {"status": "ok"}',
        '    if store.add(1) > 9:\n        __import__("os")._exit(1)\n    return {"status": "ok"}',
    )  # fmt: skip
    assert [f.rule for f in rung(climb(dies, only={"smoke"}), "smoke").findings] == ["smoke.connection"]


def test_lines_that_are_no_findings_are_left_out() -> None:
    line = {"file": "a.py", "line": 3, "column": 4, "message": "m", "hint": None, "code": None, "severity": "note"}
    found = parse_mypy(f"noise\n[1]\n{json.dumps(line)}\n")
    assert [(f.place, f.column, f.rule, f.severity) for f in found] == [("a.py:3", 5, "misc", "info")]


def test_a_report_that_was_tampered_with_is_read_as_far_as_it_goes() -> None:
    findings, counts = parse_report(b'{"counts": {"passed": 1, "x": "y"}}\n[1]\nnoise\n{"test": "t", "line": -1}\n\xff')
    assert counts == {"passed": 1}
    assert [(f.rule, f.line) for f in findings] == [("test.failed", None)]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"files": 1}', b"[" * 100_000])
def test_no_coverage_data(data: bytes) -> None:
    assert parse_coverage(data) == (None, [])


def test_bandit_that_could_not_read_a_file_says_nothing() -> None:
    with pytest.raises(ValueError, match=r"a\.py"):
        parse_bandit('{"errors": [{"filename": "a.py"}], "results": [], "metrics": {"_totals": {}}}')


def test_a_tool_that_crashed_says_nothing() -> None:
    require_tool_exit(SandboxResult(status="nonzero", exit_code=1))
    with pytest.raises(NotRun, match="ended with 2: oops"):
        require_tool_exit(SandboxResult(status="nonzero", exit_code=2, stderr="oops"))
    with pytest.raises(NotRun, match="timeout"):
        require_tool_exit(SandboxResult(status="timeout"))


@pytest.mark.parametrize("text", ["", "[", "[tool]\nruff = 1\n", "[tool.ruff]\nline-length = 900\nsrc = 'x'\n"])
def test_ruff_settings_of_odd_projects_are_the_defaults(text: str) -> None:
    assert b"line-length = 88\n" in configuration_of(text)
    assert b'src = ["/workspace/app/.", "/workspace/app/src"]' in configuration_of(text)


def test_a_project_chooses_its_line_and_its_imports() -> None:
    text = '[tool.ruff]\nline-length = 100\n[tool.ruff.lint.isort]\nknown-third-party = ["alembic", "a\\"b"]\n'
    settings = configuration_of(text)
    assert b"line-length = 100\n" in settings
    assert b'known-third-party = ["alembic"]' in settings
