"""Read-only layers: sets of installed packages, built once at the path where runs will see them.

A layer's key covers all that its content depends on. It is built in a directory of its own inside the sandbox, whose
only network is the registry proxy; nothing of the packages runs meanwhile (wheels only). It is published by a rename.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autodev.sandbox import backends, config, layer_store, registries
from autodev.sandbox.registries import PythonIndexes
from autodev.sandbox.toolchain import Toolchain, python_toolchain, uv_toolchain
from autodev.sandbox.types import LIMITS, Owner, SandboxBackend, SandboxResult, SandboxSpec
from autodev.sandbox.workspace import remove_tree

VENV = "/opt/venv"
TOOLS = "/opt/tools"
_LOCK_INSIDE = "/run/requirements.txt"
_CA_INSIDE = "/run/certificates.pem"
_INSTALL_FLAGS = ("--only-binary", ":all:", "--no-config", "--no-python-downloads", "--link-mode", "hardlink")
# The byte code never has to be compared with its source: nothing can change either.
_COMPILE = ("-I", "-S", "-m", "compileall", "-q", "-j", "2", "--invalidation-mode", "unchecked-hash")
_INSTALL_SCRIPT = (
    'uv=$1; python=$2; root=$3; lock=$4; shift 4; "$uv" venv --quiet --allow-existing --no-project --python "$python" '
    '"$root" && exec "$uv" pip install --python "$root/bin/python" -r "$lock" "$@"'
)

FailureKind = Literal["unreachable", "unsatisfiable", "hash_mismatch", "limit", "sandbox", "failed", "cancelled"]

_SIGNS: tuple[tuple[FailureKind, tuple[str, ...]], ...] = (
    ("hash_mismatch", ("Hash mismatch",)),
    (
        "unsatisfiable",
        ("No solution found", "not found in the package registry", "no usable wheels", "Couldn't parse requirement"),
    ),
    (
        "unreachable",
        (
            "error sending request",
            "Failed to fetch",
            "dns error",
            "Connection refused",
            "operation timed out",
            "tunnel",
        ),
    ),
)


class SandboxInstallFailed(RuntimeError):
    """No layer: `kind` says why and `log` is the installer's own output. "unreachable", "sandbox" and "cancelled" say
    nothing about the requirements, so the caller's check is `not_run`."""

    code = "sandbox_install_failed"

    def __init__(self, kind: FailureKind, log: str) -> None:
        self.kind = kind
        self.log = log
        last = log.strip().splitlines()[-1] if log.strip() else kind
        super().__init__(f"packages could not be installed ({kind}): {last}")


@dataclass(frozen=True, slots=True)
class Layer:
    """`path` on the host is bound read-only at `mount`; `built` is False when it was there already."""

    path: Path
    mount: str
    key: str
    built: bool
    log: str

    @property
    def ro_layers(self) -> dict[Path, str]:
        """For SandboxSpec, together with the interpreter's own."""
        return {self.path: self.mount}


def python_layer(
    requirements_lock: str,
    *,
    python: Toolchain | None = None,
    mount: str = VENV,
    backend: SandboxBackend | None = None,
    data_dir: Path | None = None,
    cancel: threading.Event | None = None,
    owner: Owner | None = None,
) -> Layer:
    """The layer of these pinned requirements (the text of a requirements file, best with hashes).

    `python`: the interpreter (default: this process's). `cancel` ends the wait or the build, `owner` is whose it is.
    Raises SandboxInstallFailed.
    """
    data = data_dir or backends.prepare_data_dir(config.load().data_dir)
    interpreter = python or python_toolchain(data)
    uv = uv_toolchain()
    key = layer_key(requirements_lock, python=interpreter, mount=mount)
    home = data / "layers"
    home.mkdir(parents=True, exist_ok=True)
    target = home / key
    try:
        with layer_store.locked(home, key, cancel):
            if target.is_dir():
                layer_store.touch(target)
                return Layer(target / "root", mount, key, built=False, log=(target / "log").read_text())
            building = layer_store.building(home, key)
            try:
                found = backend or backends.get_backend()
                builder = _Builder(found, interpreter, uv, mount, building, cancel=cancel, owner=owner)
                log = builder.build(requirements_lock)
                building.rename(target)
            finally:
                remove_tree(building)
            layer_store.touch(target)
    except layer_store.Interrupted as error:
        raise SandboxInstallFailed("cancelled", "stopped while another process built the layer") from error
    return Layer(target / "root", mount, key, built=True, log=log)


def layer_key(requirements_lock: str, *, python: Toolchain, mount: str) -> str:
    """Equal keys mean equal content: the lock without comments, runtime, platform, path and installer flags."""
    lines = [line.split(" #")[0].strip() for line in requirements_lock.splitlines()]
    parts = [
        "\n".join(line for line in lines if line and not line.startswith("#")),
        python.program,
        python.version,
        platform.system(),
        platform.machine(),
        platform.libc_ver()[1],
        mount,
        *_INSTALL_FLAGS,
        *_COMPILE,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


class _Builder:
    """Builds one layer in `building` (root, log, meta)."""

    def __init__(
        self,
        backend: SandboxBackend,
        python: Toolchain,
        uv: Toolchain,
        mount: str,
        building: Path,
        *,
        cancel: threading.Event | None,
        owner: Owner | None,
    ) -> None:
        self._cancel = cancel
        self._owner = owner
        self._backend = backend
        self._python = python
        self._uv = uv
        self._mount = mount
        self._building = building
        self._root = building / "root"

    def build(self, lock: str) -> str:
        self._root.mkdir(parents=True)
        indexes = registries.python_indexes()
        log = self._checked(self._install(lock, indexes))
        remove_tree(self._root / ".uv-cache")
        self._checked(self._compile())
        self._seal()
        (self._building / "log").write_text(log)
        meta = {"lock": lock, "python": self._python.version, "mount": self._mount, "built_at": time.time()}
        (self._building / "meta.json").write_text(json.dumps(meta))
        return log

    def _install(self, lock: str, indexes: PythonIndexes) -> SandboxResult:
        links = {path: f"/opt/links/{at}" for at, path in enumerate(indexes.find_links)}
        env = {
            "UV_DEFAULT_INDEX": indexes.default,
            "UV_CACHE_DIR": f"{self._mount}/.uv-cache",
            "UV_HTTP_TIMEOUT": "60",
            "UV_CONCURRENT_DOWNLOADS": "8",
        }
        files = {_LOCK_INSIDE: lock.encode()}
        if indexes.extra:
            env["UV_INDEX"] = " ".join(indexes.extra)
        if indexes.certificates:
            files[_CA_INSIDE] = indexes.certificates.read_bytes()
            env["SSL_CERT_FILE"] = _CA_INSIDE
        flags = [*_INSTALL_FLAGS, *(word for inside in links.values() for word in ("--find-links", inside))]
        script = ["sh", "-c", _INSTALL_SCRIPT, "install", self._uv.program, self._python.program, self._mount]
        spec = SandboxSpec(
            argv=[*script, _LOCK_INSIDE, *flags],
            workspace=self._root,
            mount=self._mount,
            ro_layers={**self._python.ro_layers, **self._uv.ro_layers, **links},
            files=files,
            env=env,
            limits=LIMITS["install"],
            network="registry",
            owner=self._owner,
            cancel=self._cancel,
        )
        return self._backend.run(spec)

    def _compile(self) -> SandboxResult:
        """Without network: the interpreter's start-up may run code of the packages (`.pth` files)."""
        spec = SandboxSpec(
            argv=[self._python.program, *_COMPILE, f"{self._mount}/lib"],
            workspace=self._root,
            mount=self._mount,
            ro_layers=self._python.ro_layers,
            limits=LIMITS["install"],
            owner=self._owner,
            cancel=self._cancel,
        )
        return self._backend.run(spec)

    def _checked(self, result: SandboxResult) -> str:
        log = (result.stdout + result.stderr).strip() or result.reason
        if self._cancel is not None and self._cancel.is_set():
            raise SandboxInstallFailed("cancelled", "stopped while the layer was built")
        if result.status != "ok":
            raise SandboxInstallFailed(classify(result), log if result.ran else result.reason)
        return log

    def _seal(self) -> None:
        """Root's again where the worker is root, readable by every sandbox, writable by none."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-hR", "0:0", "--", str(self._building)], check=True, capture_output=True)
        subprocess.run(["chmod", "-R", "u+rwX,go+rX,go-w", "--", str(self._building)], check=True, capture_output=True)


def classify(result: SandboxResult) -> FailureKind:
    """Why an installation failed, from its status and the installer's words."""
    if result.status == "not_run":
        return "unreachable" if result.backend != "refusing" else "sandbox"
    if result.status == "setup_error":
        return "sandbox"
    if result.status != "nonzero":
        return "limit"
    text = result.stdout + result.stderr
    for kind, signs in _SIGNS:
        if any(sign in text for sign in signs):
            return kind
    return "failed"
