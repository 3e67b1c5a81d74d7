"""What the blueprint renders, and what it refuses."""

from __future__ import annotations

import tomllib

import pytest
import yaml

from autodev.blueprints import registry
from autodev.blueprints.render import BlueprintError
from autodev.blueprints.typer_cli.context import docstring, package_name
from autodev.spec.schema import Spec
from tests.blueprints.typer_cli.specs import CSVSTAT, EVERY_KIND

PINS = {"typer": "0.29.2", "pytest": "9.0.0"}


def rendered(spec: Spec, lock: str | None = None) -> dict[str, str]:
    return registry.get("typer-cli").render(spec, pins=PINS, lock=lock)


def test_only_the_parts_that_are_asked_for_are_made() -> None:
    assert {path for path in rendered(CSVSTAT) if path.startswith("src/")} == {
        "src/__main__.py",
        *(f"src/csvstat/{name}.py" for name in ("__init__", "__main__", "cli", "errors", "output", "sources")),
        "src/csvstat/summary.py",
        "src/csvstat/tables.py",
    }
    assert {"src/tables/counting.py", "src/tables/converting.py"} <= rendered(EVERY_KIND).keys()


def test_rendering_twice_gives_the_same() -> None:
    assert rendered(EVERY_KIND) == rendered(EVERY_KIND)


def test_versions_are_pinned_and_the_lock_is_used() -> None:
    files = rendered(CSVSTAT, lock="typer==0.29.2\n")
    project = tomllib.loads(files["pyproject.toml"])
    assert project["project"]["dependencies"] == ["typer==0.29.2"]
    assert "pytest==9.0.0" in project["dependency-groups"]["dev"]
    assert files["requirements.lock"] == "typer==0.29.2\n"
    assert "COPY requirements.lock" in files["Dockerfile"]
    steps = yaml.safe_load(files[".github/workflows/ci.yml"])["jobs"]["test"]["steps"]
    assert {"run": "mypy src"} in steps


def test_readme_shows_a_real_run() -> None:
    readme = rendered(CSVSTAT)["README.md"]
    assert "$ csvstat products.csv\ncolumn  count      mean  min  max\nprice       3  2.666667  1.5    4\n" in readme


def test_every_command_stands_in_the_reference() -> None:
    reference = rendered(EVERY_KIND)["docs/cli.md"]
    for name in ("stats", "to-markdown", "to-json", "to-csv", "count"):
        assert f"## `tables {name} FILE" in reference
    assert "```mermaid" in rendered(EVERY_KIND)["docs/architecture.md"]


def test_package_never_hides_another_module() -> None:
    assert package_name("csv") == "csv_tool"
    assert package_name("csvstat") == "csvstat"


def test_long_help_is_wrapped_and_quotes_cannot_end_it() -> None:
    text = docstring('A """quoted""" help ' + "word " * 40)
    assert text.count('"""') == 2
    assert max(map(len, text.splitlines())) <= 115


def test_tool_without_commands_is_refused() -> None:
    with pytest.raises(BlueprintError, match="names no command"):
        rendered(CSVSTAT.model_copy(update={"commands": []}))
