"""Where products run: a copy of their files and an empty data directory for each check.

The template is made once, with the product's `prepare` commands (migrations) run in it; each check gets a copy of its
own, so that no check sees another's data. Everything in it is hostile after the first command: only programs that
follow no link (`cp -a`, `chown -h`, `rm`) touch it.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autodev.sandbox.types import MIB, Limits, SandboxBackend, SandboxResult, SandboxSpec
from autodev.sandbox.workspace import remove_tree
from projects.checks.acceptance.types import Product, tail

MOUNT = "/workspace"
APP = f"{MOUNT}/app"
DATA = f"{MOUNT}/data"
WORK = f"{MOUNT}/work"
PORT = 8000
ADMIN_EMAILS = "admin@example.com"

PREPARE_LIMITS = Limits(wall_s=60, cpu_s=60, memory_bytes=768 * MIB, pids=128, workspace_bytes=256 * MIB)
SERVE_LIMITS = Limits(wall_s=180, cpu_s=90, memory_bytes=768 * MIB, pids=128, workspace_bytes=256 * MIB)
CALL_LIMITS = Limits(wall_s=30, cpu_s=30, memory_bytes=768 * MIB, pids=64, workspace_bytes=256 * MIB)


class PrepareFailed(Exception):
    """A prepare command did not end well; `result` is the sandbox's."""

    def __init__(self, argv: list[str], result: SandboxResult) -> None:
        self.result = result
        super().__init__(f"{' '.join(argv)}: {result.status}" + (f" ({result.reason})" if result.reason else ""))

    @property
    def excerpt(self) -> str:
        return tail(self.result.stdout + self.result.stderr)


@dataclass(frozen=True, slots=True)
class Environment:
    """How commands of the product are run: a `base` spec without argv of its own, and the variables."""

    product: Product
    base: SandboxSpec

    def spec(self, workspace: Path, argv: list[str], *, limits: Limits, cwd: str = APP) -> SandboxSpec:
        return replace(self.base, argv=self._argv(argv), workspace=workspace, limits=limits, cwd=cwd)

    def _argv(self, argv: list[str]) -> list[str]:
        words = [_filled(word) for word in argv]
        return [self.product.python, *words[1:]] if words[0] in ("python", "python3") else words


def environment(product: Product, base: SandboxSpec) -> Environment:
    """The product's variables over the sandbox's. Code is found in the project's root and in its `src`."""
    run = product.manifest.run
    env = {
        "PATH": f"{Path(product.python).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{APP}:{APP}/src",
        "PYTHONUNBUFFERED": "1",
        "HOME": DATA,
        "ADMIN_EMAILS": ADMIN_EMAILS,
        **{name: _filled(value) for name, value in (run.env if run is not None else {}).items()},
    }
    layers: Mapping[Path, str] = {**base.ro_layers, **product.layers}
    return Environment(product, replace(base, env={**base.env, **env}, ro_layers=layers))


@contextmanager
def template(env: Environment, backend: SandboxBackend) -> Iterator[Path]:
    """The prepared workspace. Raises PrepareFailed."""
    home = Path(tempfile.mkdtemp(prefix="acceptance-"))
    try:
        made = home / "template"
        for name in ("data", "work"):
            (made / name).mkdir(parents=True)
        _copy(env.product.root, made / "app")
        run = env.product.manifest.run
        for argv in run.prepare if run is not None else ():
            result = backend.run(env.spec(made, argv, limits=PREPARE_LIMITS))
            if not result.ok:
                raise PrepareFailed(argv, result)
        yield made
    finally:
        remove_tree(home)


@contextmanager
def workspace(prepared: Path, name: str) -> Iterator[Path]:
    """A copy of the prepared workspace, for one check."""
    path = prepared.parent / name
    try:
        _copy(prepared, path)
        yield path
    finally:
        remove_tree(path)


def _copy(source: Path, target: Path) -> None:
    """Links as links, nothing of the repository's own, no special treatment of what lies in the way."""
    subprocess.run(["cp", "-a", "--reflink=auto", "--", str(source), str(target)], check=True, capture_output=True)
    remove_tree(target / ".git")


def _filled(text: str) -> str:
    return text.replace("{port}", str(PORT)).replace("{data}", DATA)
