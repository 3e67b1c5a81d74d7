"""Which browser is found, and how it is seen inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.sandbox import browser
from autodev.sandbox.browser import INSIDE, BrowserProgram, browser_program


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: its PATH and its downloads lie below the path."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    return tmp_path


def put(path: Path, content: bytes = b"\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def test_no_browser(machine: Path) -> None:
    assert browser_program() is None


def test_one_of_the_path_is_bound_with_what_lies_beside_it(machine: Path) -> None:
    real = put(machine / "opt" / "chrome-1" / "chrome")
    (machine / "bin").mkdir()
    (machine / "bin" / "google-chrome").symlink_to(real)
    assert browser_program() == BrowserProgram(real, f"{INSIDE}/chrome", {real.parent: INSIDE})


def test_a_launcher_leads_to_the_program_beside_it(machine: Path) -> None:
    script = put(machine / "opt" / "google-chrome", b"#!/bin/sh\n")
    real = put(machine / "opt" / "chrome")
    (machine / "bin").mkdir()
    (machine / "bin" / "google-chrome").symlink_to(script)
    found = browser_program()
    assert found is not None
    assert found.found == real


def test_a_distribution_s_launcher_leads_to_its_library(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine / "bin" / "chromium", b"#!/bin/sh\n")
    monkeypatch.setattr(browser, "_LIBRARIES", (str(machine / "lib"),))
    assert browser_program() is None
    real = put(machine / "lib" / "chromium" / "chromium")
    assert browser_program() == BrowserProgram(real, f"{INSIDE}/chromium", {real.parent: INSIDE})


def test_a_snap_cannot_be_bound(machine: Path) -> None:
    snap = put(machine / "opt" / "snap")
    (machine / "bin").mkdir()
    (machine / "bin" / "chromium").symlink_to(snap)
    assert browser_program() is None


def test_one_that_playwright_downloaded(machine: Path) -> None:
    older = put(machine / "downloads" / "chromium-1000" / "chrome-linux" / "chrome")
    newer = put(machine / "downloads" / "chromium-1200" / "chrome-linux64" / "chrome")
    assert (found := browser_program()) is not None
    assert found.found == newer
    assert found.ro_layers == {newer.parent: INSIDE}
    assert older.is_file()


def test_the_machine_s_own_is_seen_where_it_lies() -> None:
    """CI installs one (scripts/install-system-packages)."""
    assert (found := browser_program()) is not None
    assert found.found.is_file()
    assert found.program in (str(found.found), f"{INSIDE}/{found.found.name}")
