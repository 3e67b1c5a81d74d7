"""What the secret scan finds, and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from projects.checks.context import INSIDE

pytestmark = pytest.mark.feature("F1.11")


def scan(folder: Path) -> list[tuple[str, int, str]]:
    script = [sys.executable, "-I", "-S", str(INSIDE / "scan_secrets.py"), str(INSIDE / "secret_patterns.json")]
    done = subprocess.run(script, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
    return [(e["file"], e["line"], e["rule"]) for e in map(json.loads, done.stdout.splitlines())]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("aws = '" + "AKIA" + "A1B2C3D4E5F6G7H8'", "aws-access-key"),
        ('API_KEY = "' + "q8Zr3LmN7pXw2VbT" + '"', "assigned-secret"),
        ('"db_password": "' + "q8Zr3LmN7pXw2VbT9k" + '"', "assigned-secret"),
        ("url = 'postgresql://app:" + "k9Zq3LmN7pXw" + "@db/app'", "url-password"),
        ("-----BEGIN EC " + "PRIVATE KEY-----", "private-key"),
    ],
)
def test_found_with_its_place(tmp_path: Path, line: str, rule: str) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(f"# one\n\n{line}\n")
    assert scan(tmp_path) == [("src/a.py", 3, rule)]


@pytest.mark.parametrize(
    "line",
    [
        'password = "correct horse battery staple"',
        'SECRET_KEY = "change-me-before-production"',
        'token = "aaaaaaaaaaaaaaaaaaaaaaaa"',
        "password: str = Field(min_length=12, max_length=128)",
        "url = 'postgresql://app:password@db/app'",
        "url = f'postgresql://{user}:{password}@db/app'",
        'TOKEN_URL = "/auth/login/for/access/token"',
    ],
)
def test_left_alone(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text(line + "\n")
    assert scan(tmp_path) == []


def test_locks_links_and_binary_files_are_not_read(tmp_path: Path) -> None:
    secret = "AKIA" + "A1B2C3D4E5F6G7H8"
    (tmp_path / "uv.lock").write_text(secret)
    (tmp_path / "image.bin").write_bytes(b"\0\0" + secret.encode())
    (tmp_path / "outside.txt").symlink_to(tmp_path / "uv.lock")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "a.js").write_text(secret)
    assert scan(tmp_path) == []
