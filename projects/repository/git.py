"""Calling git: a clean environment, nobody's configuration, no hooks, no monitor."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from projects.repository.errors import GitMissing, RepositoryError

MINIMUM = (2, 38)
TIMEOUT_S = 120.0
# Command-line configuration outranks the repository's own file, which only we write but which is not trusted either.
SAFE = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false",
    "-c", "core.attributesFile=/dev/null", "-c", "core.excludesFile=/dev/null", "-c", "core.symlinks=true",
    "-c", "core.autocrlf=false", "-c", "core.quotePath=false", "-c", "core.commitGraph=false", "-c", "gc.auto=0",
    "-c", "maintenance.auto=false", "-c", "protocol.allow=never", "-c", "protocol.file.allow=always",
    "-c", "diff.external=", "-c", "commit.gpgSign=false", "-c", "tag.gpgSign=false",
)  # fmt: skip


@cache
def executable() -> str:
    """The git on the PATH. Raises GitMissing where there is none or it is older than MINIMUM."""
    path = shutil.which("git")
    if path is None:
        raise GitMissing("git was not found.")
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, env=environment())
    found = re.search(r"(\d+)\.(\d+)", answer.stdout)
    if found is None or (int(found[1]), int(found[2])) < MINIMUM:
        raise GitMissing(f"{answer.stdout.strip()} is too old.")
    return path


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git process; nothing but the PATH is inherited."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        **(extra or {}),
    }


def call(
    git_dir: Path,
    arguments: Sequence[str],
    *,
    stdin: bytes | None = None,
    index: Path | None = None,
    extra: Mapping[str, str] | None = None,
    ok: Sequence[int] = (0,),
    options: Sequence[str] = (),
    timeout_s: float = TIMEOUT_S,
) -> subprocess.CompletedProcess[bytes]:
    """Runs git on the repository and gives its answer. `ok` names the accepted exit codes. Raises RepositoryError."""
    env = environment({**(extra or {}), **({"GIT_INDEX_FILE": str(index)} if index else {})})
    command = [executable(), *SAFE, *options, f"--git-dir={git_dir}", *arguments]
    try:
        done = subprocess.run(
            command, input=stdin or b"", capture_output=True, env=env, cwd="/", timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RepositoryError(f"git {arguments[0]} took longer than {timeout_s:.0f} s.") from error
    if done.returncode not in ok:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise RepositoryError(f"git {arguments[0]} ended with {done.returncode}: {said}")
    return done


def call_limited(git_dir: Path, arguments: Sequence[str], *, limit: int, timeout_s: float = TIMEOUT_S) -> bytes:
    """The first `limit` bytes of the answer, and one more where there are more; git is ended then. Raises
    RepositoryError."""
    command = [executable(), *SAFE, f"--git-dir={git_dir}", *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), cwd="/"
    )
    watchdog = threading.Timer(timeout_s, process.kill)
    watchdog.start()
    with process, contextlib.closing(process.stdout or io.BytesIO()) as answer:
        try:
            data = answer.read(limit + 1)
            if len(data) > limit:
                process.kill()
            process.wait()
        finally:
            watchdog.cancel()
    if process.returncode != 0 and len(data) <= limit:
        raise RepositoryError(f"git {arguments[0]} ended with {process.returncode}.")
    return data


def text(git_dir: Path, arguments: Sequence[str], **more: object) -> str:
    """The answer of `call` as stripped text."""
    return call(git_dir, arguments, **more).stdout.decode("utf-8", "replace").strip()  # type: ignore[arg-type] # the same keywords
