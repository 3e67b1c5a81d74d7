"""The whole way of a first user: `autodev up`, the owner's account, an idea typed, watched live to green, the zip."""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.platform.test_up import Up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
BUILD_MS = 240_000


@pytest.fixture
def platform(shared_data: Path) -> Iterator[str]:
    up = Up(shared_data, port=18790)
    yield up.url().rstrip("/")
    up.stop()
    assert up.process.returncode == 0, up.lines


@pytest.fixture
def page() -> Iterator[Page]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser.new_context(accept_downloads=True).new_page()
        browser.close()


@pytest.mark.feature("F1.1", "F1.14", "F4.2", "F4.8")
def test_from_the_first_run_to_the_downloaded_repository(platform: str, page: Page) -> None:
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.goto(platform)
    page.fill("[name=name]", "Ada Lovelace")
    page.fill("[name=email]", "ada@example.com")
    for name in ("workspace", "workspace_name"):
        if page.locator(f"[name={name}]").count():
            page.fill(f"[name={name}]", "Engines")
    for field in page.locator("input[type=password]").all():
        field.fill("correct horse battery 9")
    page.locator("main button[type=submit]").first.click()
    page.get_by_role("link", name=re.compile("new build", re.IGNORECASE)).first.click()
    page.fill("[name=idea]", "Create a REST API for a todo app with authentication")
    page.locator("main form button[type=submit]").last.click()

    # nothing reloads the page from here on: what changes, came over the socket
    expect(page.locator("main")).to_contain_text(re.compile(r"Running\s*#1"), timeout=60_000)
    expect(page.locator("main")).to_contain_text("Run the ladder", timeout=60_000)
    expect(page.locator("main")).to_contain_text(re.compile(r"Succeeded\s*#1"), timeout=BUILD_MS)
    address = page.url
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("download zip", re.IGNORECASE)).click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        names = archive.namelist()
    assert any(name.endswith("app/main.py") for name in names)
    assert any(name.endswith("tests/test_todo.py") for name in names)

    page.goto(f"{address}requirements/")
    expect(page.locator("main")).to_contain_text("wrong password")
    expect(page.locator("main")).to_contain_text("Passed")
    assert trouble == []
