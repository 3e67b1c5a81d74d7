"""Installs OpenCode: the archive of its platform's package, checked, unpacked, proved, and only then in its place."""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

from autodev.programs import npm
from autodev.programs.opencode import NAME, RECEIPT, ask, find, package, pinned, receipt_of, version
from autodev.programs.types import Installed, InstallFailed, ProgramMissing
from autodev.sandbox.layer_store import building, locked, remove_abandoned
from autodev.sandbox.workspace import remove_tree

Say = Callable[[str], None]
Fetch = Callable[[str, str, Path], Path]


def install(home: Path, say: Say = lambda _: None, *, fetch: Fetch = npm.pack) -> Installed:
    """The program below `home`, downloaded unless it is there and whole, which its hash tells; one try at a time on a
    machine. Raises InstallFailed."""
    place = home / NAME
    try:
        place.mkdir(parents=True, exist_ok=True)
        with locked(place, version()):
            if _whole(home):
                return find(home)
            remove_abandoned(place)
            _build(place, say, fetch)
            return find(home)
    except OSError as error:
        raise InstallFailed(f"OpenCode cannot be put into {place}: {error}", hint="Set AUTODEV_PROGRAMS.") from error


def _whole(home: Path) -> bool:
    try:
        found = find(home)
    except ProgramMissing:
        return False
    return _sha256(found.program) == (receipt_of(found.folder) or {}).get("sha256")


def _build(place: Path, say: Say, fetch: Fetch) -> None:
    """All in a folder beside, which takes its name when it is complete."""
    name, target = package(), place / version()
    fresh = building(place, version())
    fresh.mkdir()
    try:
        say(f"downloading {name} {version()}")
        archive = fetch(name, version(), fresh)
        _check(name, archive)
        say("unpacking")
        program = _unpack(archive, fresh)
        archive.unlink()
        _prove(program)
        receipt = {"version": version(), "package": name, "size": program.stat().st_size, "sha256": _sha256(program)}
        (fresh / RECEIPT).write_text(json.dumps(receipt, indent=2) + "\n", encoding="utf-8")
        for folder in (fresh, program.parent):
            folder.chmod(0o755)  # the sandbox's user reads them
        if target.exists():
            say(f"the one in {target} is not whole and is made again")
            remove_tree(target)
        fresh.rename(target)
    finally:
        if fresh.exists():
            remove_tree(fresh)


def _check(name: str, archive: Path) -> None:
    """Raises InstallFailed where the archive is not the one that this AutoDev was tested with. A platform that it was
    not tested on has no hash here; npm's own check of what its registry says is the only one then."""
    wanted = pinned()["packages"].get(name)
    if wanted is None:
        return
    digest = hashlib.sha512()
    with archive.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    found = f"sha512-{base64.b64encode(digest.digest()).decode()}"
    if found != wanted:
        hint = "Somebody changed the package, or the registry is not the one it seems: do not use it."
        raise InstallFailed(f"{name} {version()} has the hash {found}, and {wanted} was expected.", hint=hint)


def _unpack(archive: Path, into: Path) -> Path:
    """Only the program and the licence."""
    program = into / "bin" / "opencode"
    program.parent.mkdir()
    try:
        with tarfile.open(archive) as tar:
            for inside, outside in (("package/bin/opencode", program), ("package/LICENSE", into / "LICENSE")):
                _copy(tar, inside, outside)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise InstallFailed(f"{archive.name} is no archive: {error}", hint=npm.NO_NETWORK) from error
    if not program.is_file():
        raise InstallFailed(f"{archive.name} holds no program.")
    program.chmod(0o755)
    return program


def _copy(tar: tarfile.TarFile, inside: str, outside: Path) -> None:
    try:
        source = tar.extractfile(inside)
    except KeyError:
        return
    if source is not None:
        with source, outside.open("wb") as out:
            while chunk := source.read(1 << 20):
                out.write(chunk)


def _prove(program: Path) -> None:
    """Raises InstallFailed where it does not run here or says another version."""
    said = ask(program)
    if said != version():
        raise InstallFailed(
            f"OpenCode does not run on this machine: {said}", hint="docs/agent-opencode.md says where it does."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
