"""Fetching a history into a repository of its own, where nothing obeys it, before any of it comes near a project's."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

from django.conf import settings

from projects.importing.address import Address
from projects.importing.errors import ImportRefused
from projects.importing.limits import ImportLimits
from projects.importing.login import login_environment
from projects.importing.refusals import explained
from projects.repository import git

REF = "refs/heads/imported"
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,120}")
_OBJECTS = (
    "-c", "fetch.fsckObjects=true", "-c", "transfer.fsckObjects=true", "-c", "fetch.fsck.zeroPaddedFilemode=ignore",
    "-c", "fetch.fsck.missingSpaceBeforeDate=ignore", "-c", "fetch.fsck.badTimezone=ignore",
    "-c", "fetch.fsck.missingEmail=ignore", "-c", "fetch.unpackLimit=1", "-c", "pack.threads=1",
    "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false",
)  # fmt: skip
_NOBODY = ("-c", "credential.helper=", "-c", "core.askPass=", "-c", "http.followRedirects=false",
           "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30", "-c", "http.sslVerify=true",
           "-c", "http.cookieFile=", "-c", "http.emptyAuth=false")  # fmt: skip
# The shell sets the limits and becomes git: no file may grow past them, whatever the other side sends.
_LIMITED = 'ulimit -f "$1" -v 4194304 2>/dev/null; shift; exec "$@"'


def fetch_address(into: Path, address: Address, *, branch: str, limits: ImportLimits, login: str = "") -> str:
    """The commit that the branch of the repository there (its head without one) has. `login` is `name:password`.
    Raises ImportFailed, ImportRefused."""
    allowed = ("-c", "protocol.file.allow=never", "-c", f"protocol.{address.scheme}.allow=always")
    pinned = ("-c", f"http.curloptResolve={address.pin}")
    trusted = ("-c", f"http.sslCAInfo={settings.AUTODEV_IMPORT_CA}") if settings.AUTODEV_IMPORT_CA else ()
    wanted = f"refs/heads/{_branch(branch)}" if branch else "HEAD"
    return _fetch(into, address.url, wanted, (*allowed, *_NOBODY, *pinned, *trusted), limits, login=login)


def fetch_folder(into: Path, folder: Path, *, branch: str, limits: ImportLimits) -> str:
    """The same of a repository on this machine, or of a bundle. Nothing of its configuration is read but by the program
    that gives out its objects. Raises ImportFailed, ImportRefused."""
    wanted = f"refs/heads/{_branch(branch)}" if branch else "HEAD"
    if folder.is_file():
        wanted = _head_of_bundle(into, folder, branch)
    return _fetch(into, str(folder.resolve()), wanted, (), limits)


def _fetch(
    into: Path, place: str, wanted: str, options: tuple[str, ...], limits: ImportLimits, *, login: str = ""
) -> str:
    git.call(into, ["init", "--bare", "--quiet", "--template=", "--initial-branch=main"])
    blocks = str(limits.history_bytes // 512)
    command = [
        "/bin/sh", "-c", _LIMITED, "sh", blocks, git.executable(), *git.SAFE, *_OBJECTS, *options, f"--git-dir={into}",
        "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--end-of-options", place,
        f"+{wanted}:{REF}",
    ]  # fmt: skip
    code, said = _run(command, limits.fetch_s, env=git.environment(login_environment(place, login)))
    if code != 0:
        raise explained(said, login=bool(login), limits=limits)
    _measure(into, limits)
    return git.text(into, ["rev-parse", f"{REF}^{{commit}}"])


def _run(command: list[str], timeout_s: float, *, env: dict[str, str]) -> tuple[int, str]:
    """(exit code, what it wrote to its standard error). git leaves the transfer to processes of its own, which would go
    on without it: all of them end where the time is over. Raises ImportRefused then."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, cwd="/",
        start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            _, said = process.communicate(timeout=timeout_s)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise ImportRefused(f"The repository had not come after {timeout_s:.0f} seconds.") from error
            raise
    return process.returncode, said.decode("utf-8", "replace")


def _measure(into: Path, limits: ImportLimits) -> None:
    """Raises ImportRefused for a history that is too large."""
    size = sum(file.stat().st_size for file in (into / "objects").rglob("*") if file.is_file())
    if size > limits.history_bytes:
        raise ImportRefused(f"The history has more than {limits.history_bytes // 1024 // 1024} MiB.")
    count = int(git.text(into, ["rev-list", "--count", f"--max-count={limits.commits + 1}", REF]))
    if count > limits.commits:
        raise ImportRefused(f"The history has more than {limits.commits} commits.")


def _head_of_bundle(into: Path, bundle: Path, branch: str) -> str:
    """The ref of the bundle that is meant. Raises ImportRefused."""
    git.call(into, ["init", "--bare", "--quiet", "--template=", "--initial-branch=main"])
    listed = git.call(into, ["bundle", "list-heads", str(bundle.resolve())], ok=(0, 1, 128))
    refs = [line.split(" ", 1)[1] for line in listed.stdout.decode("utf-8", "replace").splitlines() if " " in line]
    asked = [f"refs/heads/{_branch(branch)}"] if branch else ["HEAD", "refs/heads/main", "refs/heads/master"]
    found = next((ref for ref in asked if ref in refs), None)
    found = found or (next((ref for ref in refs if ref.startswith("refs/heads/")), None) if not branch else None)
    if found is None:
        raise ImportRefused("The file is no bundle with such a branch.", hint="git bundle create app.bundle HEAD main")
    return found


def _branch(name: str) -> str:
    """Raises ImportRefused for what no branch is called."""
    if not _BRANCH.fullmatch(name) or ".." in name or name.endswith((".lock", "/", ".")) or "//" in name:
        raise ImportRefused(f"No branch is called {name[:80]!r}.")
    return name
