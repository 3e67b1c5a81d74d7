"""Where the sandbox keeps its things and what it must reach: from Django's settings, else from the environment."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from autodev.sandbox.types import Isolation


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """data_dir: layers and toolchains; state_dir: what lives only as long as a run; backends: names, first fit wins."""

    data_dir: Path
    state_dir: Path
    min_level: Isolation
    backends: tuple[str, ...]


def load() -> SandboxConfig:
    """Names: AUTODEV_DATA, SANDBOX_STATE_DIR, SANDBOX_MIN_LEVEL, SANDBOX_BACKENDS. Raises ValueError with the name."""
    data = Path(str(_value("AUTODEV_DATA") or Path.home() / ".local" / "share" / "autodev"))
    state = _value("SANDBOX_STATE_DIR")
    backends = _value("SANDBOX_BACKENDS") or ("bubblewrap",)
    names = backends.split(",") if isinstance(backends, str) else backends
    return SandboxConfig(
        data_dir=data / "sandbox",
        state_dir=Path(str(state)) if state else _default_state_dir(data),
        min_level=_level(_value("SANDBOX_MIN_LEVEL")),
        backends=tuple(str(name).strip() for name in names),  # type: ignore[attr-defined]  # settings are untyped
    )


def _value(name: str) -> object:
    configured = settings.configured or "DJANGO_SETTINGS_MODULE" in os.environ
    value: object = getattr(settings, name, None) if configured else None
    return value if value is not None else os.environ.get(name)


def _level(value: object) -> Isolation:
    if value is None:
        return Isolation.DEGRADED
    try:
        return Isolation(value) if isinstance(value, int) else Isolation[str(value).upper()]
    except (KeyError, ValueError) as error:
        names = ", ".join(level.name for level in Isolation)
        raise ValueError(f"SANDBOX_MIN_LEVEL is {value!r}, not one of {names}") from error


def digest(path: Path) -> str:
    """A short name for a directory."""
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:8]


def _default_state_dir(data: Path) -> Path:
    """One for each installation: a janitor ends what its own database does not know."""
    if os.geteuid() == 0:
        return Path("/run/autodev-sandbox") / digest(data)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime or "/tmp") / f"autodev-sandbox-{os.geteuid()}-{digest(data)}"  # noqa: S108 - its owner is checked


def prepare_state_dir(path: Path) -> Path:
    """Make it, and refuse one that somebody else made in a shared directory."""
    path.mkdir(parents=True, exist_ok=True, mode=0o711)
    found = path.lstat()
    if path.is_symlink() or found.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to somebody else; set SANDBOX_STATE_DIR")
    path.chmod(0o711)
    (path / "runs").mkdir(exist_ok=True)
    (path / "runs").chmod(0o711)
    return path
