"""Programs of the machine that AutoDev calls."""

from __future__ import annotations

import re
import shutil
import subprocess

from autodev.doctor.finding import Finding, bad, good, weak
from autodev.sandbox.browser import REMEDY, browser_program

GIT_LEAST = (2, 38)  # `merge-tree --write-tree`
NODE_LEAST = (20, 0)  # what Tailwind's native part asks for
ANSWER_TIMEOUT_S = 10.0


def version(text: str) -> tuple[int, int] | None:
    """The first `major.minor` in a program's answer."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def ask(program: str) -> str | None:
    """The first line of `program --version`; None where there is no such program or it does not answer."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout.strip().splitlines() or [""])[0]


def git(answer: str | None) -> Finding:
    remedy = "Install git 2.38 or newer: builds are kept and merged by it."
    if answer is None:
        return bad("git", "not found", remedy)
    if (version(answer) or (0, 0)) < GIT_LEAST:
        return bad("git", answer, remedy)
    return good("git", answer)


def node(answer: str | None) -> Finding:
    if answer is None or (version(answer) or (0, 0)) < NODE_LEAST:
        remedy = (
            "Nothing to do: `make front` takes Node.js from a wheel. For a newer one of the machine's own: nodejs.org."
        )
        return weak("node", answer or "not found", remedy)
    return good("node", answer)


def bubblewrap(answer: str | None) -> Finding:
    if answer is None:
        return bad("bubblewrap", "not found", "Run scripts/install-system-packages, or: apt-get install bubblewrap")
    return good("bubblewrap", answer)


def chromium() -> Finding:
    """Checks of screens run in it, in the sandbox."""
    found = browser_program()
    if found is None:
        remedy = f"Web applications end degraded, for their screens are not looked at. Run {REMEDY}"
        return weak("chromium", "not found", remedy)
    return good("chromium", str(found.found))


def programs() -> list[Finding]:
    return [git(ask("git")), node(ask("node")), bubblewrap(ask("bwrap")), chromium()]
