"""The read-only layers that a rung binds: the project's packages, the platform's tools, the interpreter."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from autodev.contracts.ports import Cancelled
from autodev.sandbox import TOOLS, VENV, Layer, Owner, SandboxBackend, SandboxInstallFailed, layer_store, python_layer
from autodev.sandbox.backends import prepare_data_dir
from autodev.sandbox.config import load
from autodev.sandbox.noticing import plain
from autodev.sandbox.toolchain import python_toolchain

_POLL_S = 0.1
TOOLS_LOCK = Path(__file__).parent / "python" / "tools.lock"
# What drives a browser is a layer of its own: 140 MB that only checks of screens need.
BROWSER_LOCK = Path(__file__).parent / "python" / "browser.lock"
BROWSER_DRIVER = "/opt/browser-driver"
_PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)==([^\s;\\]+)", re.MULTILINE)


class LayerSource(Protocol):
    """Where the layers come from. Both may build on first use, for `owner`, and raise SandboxInstallFailed,
    SandboxUnavailable, or Cancelled when `cancel` is set meanwhile."""

    def project(self, lock: str, *, cancel: threading.Event | None = None, owner: Owner | None = None) -> Layer: ...

    def tools(self, *, cancel: threading.Event | None = None, owner: Owner | None = None) -> Layer: ...

    def interpreter(self) -> Mapping[Path, str]:
        """What must be bound for the layers' Python to start: host path → path inside."""


class SandboxLayers:
    """Layers built by the sandbox, each looked up once. Safe to share between threads."""

    def __init__(self, backend: SandboxBackend, *, tools_lock: Path = TOOLS_LOCK) -> None:
        self.backend = backend
        self._tools_lock = tools_lock
        self._known: dict[tuple[str, str], Layer] = {}
        self._locks: dict[tuple[str, str], threading.Lock] = {}
        self._guard = threading.Lock()

    def project(self, lock: str, *, cancel: threading.Event | None = None, owner: Owner | None = None) -> Layer:
        return self._layer(lock, VENV, cancel, owner)

    def tools(self, *, cancel: threading.Event | None = None, owner: Owner | None = None) -> Layer:
        return self._layer(self._tools_lock.read_text(encoding="utf-8"), TOOLS, cancel, owner)

    def browser_driver(self, *, cancel: threading.Event | None = None, owner: Owner | None = None) -> Layer:
        """Playwright, without a browser. Raises as `tools` does."""
        return self._layer(BROWSER_LOCK.read_text(encoding="utf-8"), BROWSER_DRIVER, cancel, owner)

    def interpreter(self) -> Mapping[Path, str]:
        return python_toolchain(prepare_data_dir(load().data_dir)).ro_layers

    def _layer(self, lock: str, mount: str, cancel: threading.Event | None, owner: Owner | None) -> Layer:
        key = (hashlib.sha256(lock.encode()).hexdigest(), mount)  # the process keeps it: a lock is long
        with self._guard:
            own = self._locks.setdefault(key, threading.Lock())
        while not own.acquire(timeout=_POLL_S):
            if cancel is not None and cancel.is_set():
                raise Cancelled
        try:
            known = self._known.get(key)
            if known is None or not _in_use(known):
                known = python_layer(lock, mount=mount, backend=self.backend, cancel=cancel, owner=owner)
                self._known[key] = known
        except SandboxInstallFailed as error:
            if error.kind == "cancelled":
                raise Cancelled from error
            raise
        else:
            return known
        finally:
            own.release()


def _in_use(layer: Layer) -> bool:
    """Notes that the layer is in use, for the collection of garbage; False where it is gone."""
    try:
        layer_store.touch(layer.path.parent)
    except OSError:
        return False
    return layer.path.is_dir()


_shared: dict[str, SandboxLayers] = {}
_sharing = threading.Lock()


def layers_of(backend: SandboxBackend) -> SandboxLayers:
    """The layers of this process: what one task looked up or builds, the others need not."""
    backend = plain(backend)
    with _sharing:
        found = _shared.get(backend.name)
        if found is None or found.backend is not backend:
            found = _shared[backend.name] = SandboxLayers(backend)
        return found


def tool_versions(lock: str) -> dict[str, str]:
    """Name → version of the tools whose verdicts are shown."""
    shown = {"bandit", "coverage", "mypy", "openapi-spec-validator", "pytest", "ruff"}
    return {name: version for name, version in _PIN.findall(lock) if name in shown}
