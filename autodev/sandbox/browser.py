"""Which Chromium the sandbox sees, wherever the host keeps it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSIDE = "/opt/chromium"
REMEDY = "scripts/install-system-packages, or as root: apt-get install --yes chromium"
NO_BROWSER = f"no browser on this machine; install one: {REMEDY}"
# Where distributions keep the program that a launcher on the PATH is a script for.
_LIBRARIES = ("/usr/lib", "/usr/lib64")
_DOWNLOADED = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/*/headless_shell")
_NOTHING: Mapping[Path, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BrowserProgram:
    """`found` on the host; `program` is its path inside, `ro_layers` what to bind for it (host path → path inside)."""

    found: Path
    program: str
    ro_layers: Mapping[Path, str] = field(default_factory=lambda: _NOTHING)


def browser_program() -> BrowserProgram | None:
    """A Chromium of the PATH, else one that Playwright downloaded; None where there is none that can be bound."""
    real = next((real for path in _places() if (real := _program(path)) is not None), None)
    if real is None:
        return None
    # All of /usr is seen inside, but for what was installed by hand.
    if real.is_relative_to("/usr") and not real.is_relative_to("/usr/local"):
        return BrowserProgram(real, str(real))
    return BrowserProgram(real, f"{INSIDE}/{real.name}", {real.parent: INSIDE})


def _places() -> Iterator[Path]:
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            yield Path(path)
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    for pattern in _DOWNLOADED:
        yield from sorted(kept.glob(pattern), reverse=True)


def _program(path: Path) -> Path | None:
    """The program itself: what is on the PATH is often a script that starts it, or (of a snap) what cannot be bound."""
    real = Path(os.path.realpath(path))
    if not _is_script(real):
        return real if real.name != "snap" else None
    beside = [real.parent / "chrome", *(Path(place, path.name, path.name) for place in _LIBRARIES)]
    return next((one for one in beside if one.is_file() and not _is_script(one)), None)


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"
