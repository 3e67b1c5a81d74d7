"""A real backend, its interpreter, a workspace with hard limits, and the hostile programs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autodev.sandbox import (
    Isolation,
    Limits,
    SandboxBackend,
    SandboxResult,
    SandboxSpec,
    Toolchain,
    create_workspace,
    get_backend,
    python_toolchain,
    remove_workspace,
)
from autodev.sandbox.backends import forget_probes
from autodev.sandbox.types import MIB

PROGRAMS = Path(__file__).with_name("programs")
SMALL = Limits(
    wall_s=10,
    cpu_s=5,
    cpus=1,
    memory_bytes=96 * MIB,
    pids=24,
    file_bytes=8 * MIB,
    workspace_bytes=24 * MIB,
    workspace_inodes=2000,
    tmp_bytes=16 * MIB,
    output_bytes=256 * 1024,
)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    return python_toolchain(tmp_path_factory.mktemp("toolchain"))


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """Of these tests alone: their janitor must not end anybody else's sandboxes."""
    path = Path(tempfile.mkdtemp(prefix="autodev-state-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session", autouse=True)
def environment(state_dir: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDBOX_STATE_DIR", str(state_dir))
        forget_probes()
        yield
    forget_probes()


@pytest.fixture(scope="session")
def backend() -> SandboxBackend:
    found = get_backend(Isolation.PROCESS)
    assert found.name == "bubblewrap", found.probe().reasons
    return found


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "workspace"
    assert create_workspace(path, size_bytes=SMALL.workspace_bytes, inodes=SMALL.workspace_inodes)
    yield path
    remove_workspace(path)


Run = Callable[..., SandboxResult]


@pytest.fixture
def run(backend: SandboxBackend, python: Toolchain, workspace: Path) -> Run:
    """Runs a program of `programs/` with arguments, in the workspace; other keywords go to the spec or the limits."""

    def start(program: str, *arguments: str, **changes: object) -> SandboxResult:
        return backend.run(hostile_spec(python, program, *arguments, workspace=workspace, **changes))

    return start


def hostile_spec(python: Toolchain, program: str, *arguments: str, **changes: object) -> SandboxSpec:
    inside = f"/run/{program}.py"
    limits = {name: changes.pop(name) for name in list(changes) if hasattr(SMALL, name)}
    return SandboxSpec(
        argv=[python.program, "-I", "-S", inside, *arguments],
        files={inside: (PROGRAMS / f"{program}.py").read_bytes()},
        ro_layers=python.ro_layers,
        limits=replace(SMALL, **limits),  # type: ignore[arg-type]  # by the names of its own fields
        **changes,  # type: ignore[arg-type]  # by the names of the spec's fields
    )
