"""Chooses the backend: the first configured one whose self-test passes at the level that is asked for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from autodev.sandbox import config, registries
from autodev.sandbox.bubblewrap import BubblewrapBackend
from autodev.sandbox.config import SandboxConfig
from autodev.sandbox.toolchain import python_toolchain
from autodev.sandbox.types import (
    Isolation,
    Probe,
    RunningSandbox,
    SandboxBackend,
    SandboxResult,
    SandboxSpec,
    SandboxUnavailable,
)

PROBE_TTL_S = 300.0


class RefusingBackend:
    """Runs nothing: every run is `not_run` with the reasons, and so is never counted as passed."""

    name = "refusing"

    def __init__(self, reasons: Sequence[str]) -> None:
        self._reasons = tuple(reasons)

    def probe(self) -> Probe:
        return Probe(backend=self.name, level=Isolation.NONE, reasons=self._reasons)

    def run(self, spec: SandboxSpec) -> SandboxResult:
        return SandboxResult(status="not_run", backend=self.name, reason="; ".join(self._reasons))

    def start(self, spec: SandboxSpec, *, port: int) -> RunningSandbox:
        raise SandboxUnavailable(self._reasons)

    def reap(self, live: Callable[[str, int], bool]) -> int:
        return 0


def _bubblewrap(settings: SandboxConfig) -> SandboxBackend:
    state = config.prepare_state_dir(settings.state_dir)
    data = prepare_data_dir(settings.data_dir)
    return BubblewrapBackend(
        state_dir=state, python=python_toolchain(data), registry=registries.access, layers_dir=data / "layers"
    )


def prepare_data_dir(path: Path) -> Path:
    """Layers and toolchains are read by the sandbox's user, so this directory, unlike its parent, is open to all."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


BACKENDS: dict[str, Callable[[SandboxConfig], SandboxBackend]] = {"bubblewrap": _bubblewrap}

_lock = threading.Lock()
_cached: dict[str, tuple[float, SandboxBackend, Probe]] = {}


def _probed(name: str, settings: SandboxConfig) -> tuple[SandboxBackend, Probe]:
    with _lock:
        known = _cached.get(name)
        if known and time.monotonic() - known[0] < PROBE_TTL_S:
            return known[1], known[2]
        try:
            backend = BACKENDS[name](settings)
        except KeyError:
            backend = RefusingBackend([f"{name}: no such backend (SANDBOX_BACKENDS)"])
        except OSError as error:
            backend = RefusingBackend([f"{name}: {error}"])
        found = backend.probe()
        _cached[name] = (time.monotonic(), backend, found)
        return backend, found


def forget_probes() -> None:
    """The next `get_backend` tests anew: after an installation, and in tests."""
    with _lock:
        _cached.clear()


def get_backend(min_level: Isolation | None = None) -> SandboxBackend:
    """The backend to run with; a RefusingBackend where none reaches `min_level` (default: SANDBOX_MIN_LEVEL)."""
    settings = config.load()
    wanted = settings.min_level if min_level is None else min_level
    reasons: list[str] = []
    for name in settings.backends:
        backend, found = _probed(name, settings)
        if found.ok and found.level >= wanted:
            return backend
        reasons.append(f"{name} reaches {found.level.name}, {wanted.name} is needed")
        reasons.extend(found.reasons)
    return RefusingBackend(reasons)


def probe() -> Probe:
    """What `autodev doctor` prints: the cached self-test of the first configured backend that works at all."""
    settings = config.load()
    probes = [_probed(name, settings)[1] for name in settings.backends]
    return next((one for one in probes if one.ok), probes[0])
