"""Where products run: a copy of their files and an empty data directory for each check.

The template is made once, with the product's `prepare` commands (migrations) run in it; each check gets a copy of its
own, so that no check sees another's data. Everything in it is hostile after the first command: only programs that
follow no link (`cp -a`, `chown -h`, `rm`) touch it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autodev.sandbox.noticing import run_surely
from autodev.sandbox.types import MIB, Limits, Owner, SandboxBackend, SandboxResult, SandboxSpec
from autodev.sandbox.workspace import create_workspace, remove_tree, remove_workspace
from projects.checks.acceptance.types import Product, tail
from projects.checks.scratch import scratch

MOUNT = "/workspace"
APP = f"{MOUNT}/app"
DATA = f"{MOUNT}/data"
WORK = f"{MOUNT}/work"
PORT = 8000
ADMIN_EMAILS = "admin@example.com"

WORKSPACE_BYTES = 256 * MIB
WORKSPACE_INODES = 20_000
PREPARE_LIMITS = Limits(wall_s=60, cpu_s=60, memory_bytes=768 * MIB, pids=128, workspace_bytes=WORKSPACE_BYTES)
SERVE_LIMITS = Limits(wall_s=180, cpu_s=90, memory_bytes=768 * MIB, pids=128, workspace_bytes=WORKSPACE_BYTES)
CALL_LIMITS = Limits(wall_s=30, cpu_s=30, memory_bytes=768 * MIB, pids=64, workspace_bytes=WORKSPACE_BYTES)


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
    with scratch(env.base.owner) as home:
        made = home / "template"
        _create(made, env.base.owner)
        for name in ("app", "data", "work"):
            (made / name).mkdir()
        _copy(env.product.root, made / "app")
        remove_tree(made / "app" / ".git")
        run = env.product.manifest.run
        for argv in run.prepare if run is not None else ():
            result = run_surely(backend, env.spec(made, argv, limits=PREPARE_LIMITS))
            if not result.ok:
                raise PrepareFailed(argv, result)
        yield made


@contextmanager
def workspace(prepared: Path, name: str, owner: Owner | None = None) -> Iterator[Path]:
    """A copy of the prepared workspace, for one check."""
    path = prepared.parent / name
    try:
        _create(path, owner)
        _copy(prepared, path)
        yield path
    finally:
        remove_workspace(path)


def _create(path: Path, owner: Owner | None) -> None:
    create_workspace(path, size_bytes=WORKSPACE_BYTES, inodes=WORKSPACE_INODES, owner=owner)


def _copy(source: Path, target: Path) -> None:
    """What is in one directory into the other: links as links, of whatever kind the entries are."""
    subprocess.run(["cp", "-a", "--", f"{source}/.", str(target)], check=True, capture_output=True)


def _filled(text: str) -> str:
    return text.replace("{port}", str(PORT)).replace("{data}", DATA)
