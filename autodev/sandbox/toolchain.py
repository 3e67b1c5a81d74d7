"""Which interpreter, installer and JavaScript runtime the sandbox sees, wherever the host keeps them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autodev.sandbox.workspace import remove_tree

UV_INSIDE = "/opt/uv/uv"
NODE_INSIDE = "/opt/node"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """`ro_layers` to bind (host path -> path inside) and the program's path inside."""

    program: str
    version: str
    ro_layers: Mapping[Path, str]


def python_toolchain(data_dir: Path, *, prefix: Path | None = None) -> Toolchain:
    """The interpreter that runs this process, without the packages installed into it.

    It is bound at its own prefix: interpreters and their shared library find each other by that path. One whose
    files other users may not read (a private umask) is copied once into `data_dir`/toolchains.
    """
    base = Path(os.path.realpath(prefix or sys.base_prefix))
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = base / "lib" / name
    version = sysconfig.get_python_version() + "." + str(sys.version_info.micro)
    program = str(base / "bin" / name)
    if base == Path("/usr"):
        return Toolchain(program, version, {})
    source = (
        base if _readable(base / "bin" / name) and _readable(library / "os.py") else _copied(base, library, data_dir)
    )
    layers = {source: str(base)}
    if (library / "site-packages").is_dir():
        # What the operator installed there is none of the project's business, and would shadow its lock.
        layers[_empty(data_dir)] = str(library / "site-packages")
    return Toolchain(program, version, layers)


def uv_toolchain() -> Toolchain:
    """The uv of the `uv` wheel (else of the PATH). Raises FileNotFoundError."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if found is None:
        raise FileNotFoundError("uv is not installed: pip install uv")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return Toolchain(UV_INSIDE, version, {Path(os.path.realpath(found)): UV_INSIDE})


def node_toolchain() -> Toolchain | None:
    """Node of the PATH; None where there is none. One below /usr is visible as it is."""
    found = shutil.which("node")
    if found is None:
        return None
    real = Path(os.path.realpath(found))
    version = subprocess.run([str(real), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if real.is_relative_to("/usr") and not real.is_relative_to("/usr/local"):
        return Toolchain(str(real), version, {})
    prefix = real.parent.parent
    return Toolchain(f"{NODE_INSIDE}/bin/node", version, {prefix: NODE_INSIDE})


def _readable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o004)


def _empty(data_dir: Path) -> Path:
    path = data_dir / "toolchains" / "empty"
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    return path


def _copied(base: Path, library: Path, data_dir: Path) -> Path:
    stamp = (base / "bin" / library.name).stat()
    key = hashlib.sha256(f"{base} {stamp.st_mtime_ns} {stamp.st_size}".encode()).hexdigest()[:16]
    target = data_dir / "toolchains" / key
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f"{key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():
            return target
        building = target.with_suffix(".building")
        remove_tree(building)
        _copy(base, library, building)
        building.rename(target)
    return target


def _copy(base: Path, library: Path, building: Path) -> None:
    """The interpreter, its shared libraries and standard library with its byte code, which nothing inside could keep; a
    mount point in place of site-packages."""
    skipped = shutil.ignore_patterns("site-packages", "test")
    shutil.copytree(library, building / "lib" / library.name, symlinks=True, ignore=skipped)
    (building / "lib" / library.name / "site-packages").mkdir(exist_ok=True)
    for shared in (base / "lib").glob("libpython*"):
        shutil.copy2(shared, building / "lib", follow_symlinks=False)
    (building / "bin").mkdir()
    shutil.copy2(base / "bin" / library.name, building / "bin")
    subprocess.run(["chmod", "-R", "a+rX", str(building)], check=True)
