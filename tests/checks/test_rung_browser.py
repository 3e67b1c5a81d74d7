"""The tests rung gives the machine's browser to a project that tests its screens."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend
from projects.checks.context import CheckContext
from projects.checks.layers import BROWSER_LOCK, LayerSource
from projects.checks.python import tests as rung_of_tests
from projects.checks.python.tests import RUNG
from tests.checks import sample

pytestmark = pytest.mark.feature("F1.10")
IN_A_BROWSER = '''"""A screen in a browser."""

import os

from playwright.sync_api import sync_playwright


def test_screen() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"])
        page = browser.new_page()
        page.set_content("<title>Counter</title>")
        assert page.title() == "Counter"
        browser.close()
'''
NONE_IS_THERE = '''"""No browser."""

import os


def test_none() -> None:
    assert os.environ["CHROMIUM"] == ""
'''
WITHOUT = '''"""No browser."""

import os


def test_none() -> None:
    assert "CHROMIUM" not in os.environ
'''


@pytest.fixture
def with_playwright(lock: str) -> str:
    return lock + BROWSER_LOCK.read_text()


def context(root: Path, test: str, lock: str, backend: SandboxBackend, layers: LayerSource) -> CheckContext:
    sample.write(root, {"tests/test_screen.py": test})
    return CheckContext(root=root, manifest=sample.MANIFEST, lock=lock, backend=backend, layers=layers)


def test_a_project_with_playwright_gets_a_browser(
    tmp_path: Path, backend: SandboxBackend, layers: LayerSource, with_playwright: str
) -> None:
    result = RUNG.run(context(tmp_path / "project", IN_A_BROWSER, with_playwright, backend, layers))
    assert (result.status, result.findings) == ("passed", ())


def test_without_a_browser_it_is_told_so(
    tmp_path: Path,
    backend: SandboxBackend,
    layers: LayerSource,
    with_playwright: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rung_of_tests, "browser_program", lambda: None)
    result = RUNG.run(context(tmp_path / "project", NONE_IS_THERE, with_playwright, backend, layers))
    assert (result.status, result.findings) == ("passed", ())


def test_a_project_without_screens_is_told_nothing(
    tmp_path: Path, backend: SandboxBackend, layers: LayerSource, lock: str
) -> None:
    result = RUNG.run(context(tmp_path / "project", WITHOUT, lock, backend, layers))
    assert (result.status, result.findings) == ("passed", ())
