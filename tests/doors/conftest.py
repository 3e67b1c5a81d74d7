"""The command line and the library as a user has them: processes of their own, on a data folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autodev.sandbox import remove_workspace
from tests.kept import share_layers

ROOT = Path(__file__).parent.parent.parent
MAIN = "from autodev.cli import main; main()"


@dataclass(frozen=True)
class Cli:
    """Runs `autodev` in `cwd`, with SQLite and no broker."""

    data: Path
    cwd: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("DJANGO_", "DATABASE", "REDIS", "TEST_"))
        }
        return {**kept, "AUTODEV_DATA": str(self.data), "PYTHONPATH": str(ROOT)}

    def __call__(
        self, *arguments: str, environment: dict[str, str] | None = None, timeout_s: float = 840
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", MAIN, *arguments]
        return subprocess.run(
            command, cwd=self.cwd, env={**self.environment, **(environment or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", MAIN, *arguments]
        return subprocess.Popen(
            command, cwd=self.cwd, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def json(self, *arguments: str) -> dict[str, Any]:
        """The result of a build with `--json`; its exit code under `exit_code`."""
        done = self(*arguments, "--json")
        assert done.stdout, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return {**result, "exit_code": done.returncode}


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for all builds of a worker."""
    with data_folder(tmp_path_factory) as folder:
        yield folder


@contextmanager
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new one, whose layers and answers of the registry are those of the whole run."""
    folder = share_layers(tmp_path_factory.mktemp("doors"), "research")
    folder.chmod(0o755)
    yield folder
    # what the killed processes of these tests left mounted; a next start's janitor would find it too
    for line in Path("/proc/mounts").read_text().splitlines():
        point = Path(line.split()[1])
        if point.is_relative_to(folder):
            remove_workspace(point)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first command leaves it: the database is there, and nothing is in it."""
    folder = tmp_path_factory.mktemp("begun")
    done = Cli(data=folder, cwd=folder)("builds", "--json")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def own(begun: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A data folder of this test's own, for its own configuration."""
    with data_folder(tmp_path_factory) as folder:
        for file in begun.iterdir():
            if file.is_file():
                shutil.copy2(file, folder)
        yield Cli(data=folder, cwd=tmp_path)


@pytest.fixture
def cli(shared_data: Path, tmp_path: Path) -> Cli:
    return Cli(data=shared_data, cwd=tmp_path)


@pytest.fixture
def git() -> Callable[..., str]:
    """Runs git in a folder and gives what it printed."""

    def run(folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    return run
