"""The resolver's process: it ends when it is told to, and after its time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from autodev.contracts.ports import Cancelled
from projects.research import uv
from projects.research.errors import RegistryUnreachable


@pytest.fixture
def slow_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A uv that has a child, notes its number, and never answers."""
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n")
    program.chmod(0o755)
    monkeypatch.setattr(uv, "uv_program", lambda: str(program))
    return tmp_path / "child"


def _ended(child: Path) -> bool:
    """Whether the child is gone; the kernel may take a moment to end it."""
    stat = Path("/proc", child.read_text().strip(), "stat")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_cancelling_ends_the_resolver_and_its_children(slow_uv: Path) -> None:
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        uv.compile_requirements([], ["fastapi"], timeout_s=50, cancel=cancel)
    assert time.monotonic() - begun < 20
    assert _ended(slow_uv)


def test_a_resolver_without_an_answer_is_ended_after_its_time(slow_uv: Path) -> None:
    with pytest.raises(RegistryUnreachable, match="did not answer"):
        uv.compile_requirements([], ["fastapi"], timeout_s=0.5)
    assert _ended(slow_uv)
