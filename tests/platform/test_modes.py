"""What each mode demands, seen from outside: a fresh interpreter with nothing but these variables."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONG = "k" * 60
PRODUCTION = {
    "AUTODEV_MODE": "production",
    "SECRET_KEY": LONG,
    "AUTODEV_MASTER_KEY": LONG,
    "ALLOWED_HOSTS": "autodev.example",
}


def settings_say(data: Path, expression: str, **variables: str) -> subprocess.CompletedProcess[str]:
    code = f"from autodev import settings; print({expression})"
    env = {"PATH": os.environ["PATH"], "AUTODEV_DATA": str(data), **variables}
    return subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_machine_makes_its_keys_once_and_closes_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = settings_say(data, "settings.SECRET_KEY, settings.MASTER_KEY")
    assert first.returncode == 0, first.stderr
    assert settings_say(data, "settings.SECRET_KEY, settings.MASTER_KEY").stdout == first.stdout
    for name in ("secret.key", "master.key"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    settings_say(tmp_path, "1")
    (tmp_path / "master.key").chmod(0o644)
    refused = settings_say(tmp_path, "1")
    assert refused.returncode != 0
    assert "AUTODEV_MASTER_KEY" in refused.stderr
    assert "chmod 600" in refused.stderr


def test_old_keys_and_peppers_may_lie_in_files(tmp_path: Path) -> None:
    old, peppers = tmp_path / "old", tmp_path / "peppers"
    old.write_text("o" * 50 + "\n")
    peppers.write_text(f"1={'a' * 32}\n2={'b' * 32}\n")
    files = {"SECRET_KEY_FALLBACKS_FILE": str(old), "API_KEY_PEPPERS_FILE": str(peppers)}
    said = settings_say(
        tmp_path / "data", "len(settings.SECRET_KEY_FALLBACKS[0]), sorted(settings.API_KEY_PEPPERS)", **files
    )
    assert said.stdout.strip() == "50 [1, 2]"


@pytest.mark.parametrize("missing", ["SECRET_KEY", "AUTODEV_MASTER_KEY"])
def test_production_wants_its_keys_given(tmp_path: Path, missing: str) -> None:
    variables = {name: value for name, value in PRODUCTION.items() if name != missing}
    refused = settings_say(tmp_path, "1", **variables)
    assert refused.returncode != 0
    assert f"{missing} is not set" in refused.stderr


def test_production_is_stricter_than_one_machine(tmp_path: Path) -> None:
    asked = (
        "settings.SANDBOX_MIN_LEVEL, settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.LOG_FORMAT"
    )
    assert settings_say(tmp_path, asked).stdout.strip() == "DEGRADED False False plain"
    assert settings_say(tmp_path, asked, **PRODUCTION).stdout.strip() == "PROCESS True True json"


@pytest.mark.parametrize("level", ["NONE", "DEGRADED"])
def test_production_refuses_a_sandbox_that_only_watches(tmp_path: Path, level: str) -> None:
    asked = "settings.SANDBOX_MIN_LEVEL"
    refused = settings_say(tmp_path, asked, **PRODUCTION, SANDBOX_MIN_LEVEL=level)
    assert refused.returncode != 0
    assert f"SANDBOX_MIN_LEVEL='{level}' is below PROCESS" in refused.stderr.splitlines()[-1]
    assert settings_say(tmp_path, asked, SANDBOX_MIN_LEVEL=level).stdout.strip() == level
    assert settings_say(tmp_path, asked, **PRODUCTION, SANDBOX_MIN_LEVEL="KERNEL").stdout.strip() == "KERNEL"


@pytest.mark.parametrize(
    ("name", "value"),
    [("AUTODEV_MODE", "prod"), ("SANDBOX_MIN_LEVEL", "HIGH"), ("AUTODEV_SLOTS", "0"), ("REDIS_URL", "localhost:6379")],
)
def test_an_invalid_value_stops_the_start_and_names_the_variable(tmp_path: Path, name: str, value: str) -> None:
    refused = settings_say(tmp_path, "1", **{name: value})
    assert refused.returncode != 0
    assert name in refused.stderr.splitlines()[-1]
