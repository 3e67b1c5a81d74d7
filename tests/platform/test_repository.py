"""The files that others rely on say what is true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from autodev.coder.config import CoderConfig
from autodev.settings import environment
from tests.features import rows

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def marked_features() -> set[str]:
    """The numbers that `@pytest.mark.feature(…)` names anywhere under tests/."""
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "feature":
                found.update(str(one.value) for one in node.args if isinstance(one, ast.Constant))
    return found


def test_every_listed_feature_has_a_test() -> None:
    assert set(rows()) - marked_features() == set()


def test_the_compose_file_does_not_lower_the_sandbox() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name, service in compose["services"].items():
        assert "SANDBOX_MIN_LEVEL" not in service.get("environment", {}), name
    assert compose["services"]["worker"]["environment"]["AUTODEV_MODE"] == "production"


@pytest.mark.feature("F4.8")
def test_the_compose_file_keeps_its_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.feature("F4.8")
def test_every_service_is_watched_and_no_secret_is_written_down() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name, service in compose["services"].items():
        assert "healthcheck" in service or name == "migrate", name
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"KEY|PASSWORD|DATABASE_URL", variable) or variable.endswith("_FILE"), (name, value)
    for file in compose["secrets"].values():
        assert Path(file["file"]).name in (ROOT / "scripts" / "make-secrets").read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_names_no_index_or_path(lock: Path) -> None:
    text = lock.read_text()
    packages = re.findall(r"^[a-z0-9][a-z0-9._-]*==\S+", text, re.MULTILINE)
    assert packages
    assert "://" not in text
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    documented = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", text))
    names = {name for name in environment.known if not name.endswith("_FILE") and name != "TEST_DATABASE"}
    # What web.py reads for itself.
    names |= set(re.findall(r'env\.\w+\("([A-Z_]+)"', (ROOT / "autodev" / "settings" / "web.py").read_text()))
    assert names - documented == set()


def test_every_key_of_the_coders_configuration_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    documented = dict(re.findall(r"^\| `([a-z_]+(?:\.[a-z_]+)?)` \| (\S+) \|", text, re.MULTILINE))
    values = CoderConfig().model_dump()
    defaults = {
        name: value
        for section, keys in values.items()
        for name, value in (
            {f"{section}.{key}": value for key, value in keys.items()} if isinstance(keys, dict) else {section: keys}
        ).items()
    }
    assert {key: yaml.safe_load(value) for key, value in documented.items()} == defaults
