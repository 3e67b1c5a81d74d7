"""A real server, a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from channels.routing import ProtocolTypeRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings

from tests.cast import build, cast

__all__ = ["build", "cast"]
ROOT = Path(__file__).resolve().parents[2]
# What a page must do without: anything that the content policy stopped, and errors of our own scripts.
TROUBLE = ("error", "warning")
# What a page shows at last, it shows within this also on a busy machine.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _front_end() -> None:
    """The built front end: `npm run build` comes before these tests (`make test` does it)."""
    assert (ROOT / "static" / "dist" / "app.css").is_file(), "run `npm ci && npm run build` first"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread beside the test's own queries, which Django would refuse otherwise.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def server(transactional_db: None, settings: Settings, data_dir: Path) -> Iterator[str]:
    """The address of the ASGI application under uvicorn, with sockets."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.LIVE_RECHECK_S = 0.3
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True
    from autodev.asgi import sockets

    # made anew, because the middleware reads the settings when it is made
    application = ProtocolTypeRouter(
        {"http": get_asgi_application(), "websocket": AllowedHostsOriginValidator(sockets)}
    )
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    running = uvicorn.Server(
        uvicorn.Config(application, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    thread.join(60)
    assert not thread.is_alive()
    assert django_settings.LIVE_RECHECK_S == 0.3


@dataclass
class Visit:
    """A page, with all that went wrong on it."""

    page: Page
    server: str
    trouble: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.server + path)
        return self.page

    def sign_in(self, email: str, password: str) -> Page:
        page = self.open("/sign-in/")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/w/**")
        return page

    def axe(self) -> list[str]:
        """What axe finds serious or critical. Swagger UI's own markup is its makers' and left out."""
        self.page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text())
        options = "axe.run({exclude: [['#swagger-ui']]}, {resultTypes: ['violations']})"
        found = self.page.evaluate(options)["violations"]
        return [
            f"{v['id']}: {n['target']}" for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]
        ]

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def visit(browser: Browser, server: str, *, theme: str = "light", width: int = 1280) -> Visit:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if theme == "dark" else "light"
    )
    seen = Visit(context.new_page(), server)
    seen.page.on("pageerror", lambda error: seen.trouble.append(str(error)))
    seen.page.on("console", lambda m: seen.trouble.append(m.text) if m.type in TROUBLE else None)
    return seen


@pytest.fixture
def visitor(browser: Browser, server: str) -> Iterator[Visit]:
    seen = visit(browser, server)
    yield seen
    seen.page.context.close()
