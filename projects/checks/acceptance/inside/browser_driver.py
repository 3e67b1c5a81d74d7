"""Starts the product, does a check's actions in Chromium, and tells what came: a JSON line after the nonce.

Standard input: `{"nonce", "argv", "port", "health", "startup_s", "action_s", "program", "actions"}`. The answer is
`{"steps": [{"ok", "expected", "got"}]}`, up to the first that is wrong, or `{"not_started": reason}` of the product, or
`{"no_browser": reason}`. What the product prints goes to standard error.
"""

import ctypes
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Locator, Page, sync_playwright

PR_SET_DUMPABLE = 4
POLL_S = 0.05
SHOWN = 200
# bubblewrap is the sandbox, and a namespace of Chromium's own is refused inside; /dev/shm is 4 MiB.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-extensions", "--no-first-run"]
BROWSER_ENV = {"HOME": "/tmp/browser", "PATH": "/usr/bin:/bin", "TZ": "UTC", "LANG": "C.UTF-8"}  # noqa: S108 - inside
SUBMITS = "button:not([type]), button[type=submit], input[type=submit]"
KIND = "e => e.tagName === 'SELECT' ? 'select' : (e.type || '').toLowerCase()"
OPTIONS = "e => [...e.options].map(o => [o.value, o.label.trim()])"
LABEL = "e => [e.value, [...(e.labels || [])].map(l => l.textContent.trim()).join(' ')]"
REFUSED = "[...document.querySelectorAll('form :invalid')].filter(e => e.name)"
COMPLAINTS = f"() => {REFUSED}.map(e => e.name + ': ' + e.validationMessage)"


class Wrong(Exception):
    """What should have come of an action, and what came."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected, got)
        self.expected, self.got = expected, got


class Window:
    """One person's window: cookies of its own, and the control that was filled last."""

    def __init__(self, browser: Browser, origin: str, wait_s: float) -> None:
        context = browser.new_context(base_url=origin, timezone_id="UTC", locale="en-US")
        context.set_default_timeout(wait_s * 1000)
        self.page: Page = context.new_page()
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.wait_s = wait_s
        self.filled: Locator | None = None

    def goto(self, path: str) -> None:
        answer = self.page.goto(path, wait_until="domcontentloaded")
        if answer is not None and answer.status >= 400:
            raise Wrong(f"a page at {path}", f"status {answer.status}: {self.said()}")

    def reload(self) -> None:
        self.page.reload(wait_until="domcontentloaded")

    def forget(self) -> None:
        self.page.context.clear_cookies()

    def fill(self, name: str, value: str) -> None:
        controls = self.page.locator(f"[name={json.dumps(name)}]").locator("visible=true")
        control = controls.first
        try:
            control.wait_for()
        except Error:
            raise Wrong(f"a control {name}", self.said()) from None
        kind = control.evaluate(KIND)
        if kind == "select":
            control.select_option(index=self._choice(name, value, control.evaluate(OPTIONS)))
        elif kind == "radio" or (kind == "checkbox" and controls.count() > 1):
            offered = [controls.nth(at).evaluate(LABEL) for at in range(controls.count())]
            controls.nth(self._choice(name, value, offered)).check()
        elif kind == "checkbox":
            control.set_checked(value == "on")
        else:
            control.fill(as_typed(kind, value))
        self.filled = control

    def _choice(self, name: str, value: str, offered: list[list[str]]) -> int:
        """The place of what a person would take: by its value, by its label, or by a part of the label."""
        wanted: list[Callable[[list[str]], bool]] = [
            lambda one: one[0] == value, lambda one: one[1] == value, lambda one: bool(value) and value in one[1],
        ]  # fmt: skip
        for fits in wanted:
            for at, one in enumerate(offered):
                if fits(one):
                    return at
        raise Wrong(f"a choice {value!r} of {name}", f"the choices {[label for _, label in offered][:20]}")

    def submit(self) -> None:
        if self.filled is None:
            raise Wrong("a form to send", "none was filled in")
        buttons = self.filled.locator("xpath=ancestor::form[1]").locator(SUBMITS).locator("visible=true")
        try:
            buttons.first.click()
        except Error:
            raise Wrong("a button that sends the form", self.said()) from None

    def click(self, name: str) -> None:
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        try:
            button.or_(link).first.click()
        except Error:
            raise Wrong(f"a button or link {name!r}", self.said()) from None

    def text(self, field: str) -> str:
        place = self.page.locator(f"[data-field={json.dumps(field)}]" if field else "body").first
        return " ".join(place.inner_text(timeout=POLL_S * 1000).split()) if place.count() else ""

    def expect_text(self, field: str, value: str) -> None:
        # A style may show capitals that the text does not have.
        wanted = " ".join(value.split()).casefold()
        self.until(lambda: wanted in self.text(field).casefold(), f"{value!r} in {field or 'the page'}", field)

    def expect_no_text(self, field: str, value: str) -> None:
        wanted = " ".join(value.split()).casefold()
        self.until(lambda: wanted not in self.text(field).casefold(), f"no {value!r} in {field or 'the page'}", field)

    def expect_row(self, record: str) -> None:
        row = self.page.locator(f"[data-id={json.dumps(record)}]").locator("visible=true")
        self.until(lambda: row.count() > 0, f"a row of the record {record}")

    def expect_error(self, field: str, value: str) -> None:
        which = f"[data-error-field={json.dumps(field)}]" if field else "[data-error], [data-error-field]"
        errors = self.page.locator(which).locator("visible=true")

        def told() -> bool:
            texts = [" ".join(text.split()) for text in errors.all_inner_texts()]
            return any(text and value.casefold() in text.casefold() for text in texts)

        about = f" about {field}" if field else ""
        self.until(told, f"a message{about} that says {value!r}" if value else f"a message{about}")

    def expect_url(self, pattern: str) -> str:
        """The first group of the path that matches."""
        self.until(lambda: re.search(pattern, self.path) is not None, f"to be at {pattern}")
        found = re.search(pattern, self.path)
        return found[1] if found and found.re.groups else ""

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def until(self, holds: Callable[[], bool], expected: str, field: str = "") -> None:
        """Waits for what must come. Raises Wrong."""
        end = time.monotonic() + self.wait_s
        while True:
            try:
                # Before its styles are there, a page shows what it will hide.
                if self.page.evaluate("document.readyState") == "complete" and holds():
                    return
            except Error:  # the page is on its way to another: its elements are gone
                pass
            if time.monotonic() > end:
                raise Wrong(expected, self.said(field))
            self.page.wait_for_timeout(POLL_S * 1000)

    def said(self, field: str = "") -> str:
        """Where the window is, what its browser complains about and what it shows."""
        try:
            complaints = "; ".join(self.page.evaluate(COMPLAINTS))[:SHOWN]
            shown = self.text(field)[:SHOWN]
        except Error as error:
            return f"{self.path}: {str(error)[:SHOWN]}"
        return f"{self.path}: " + (f"the browser says: {complaints}; " if complaints else "") + (shown or "nothing")


def as_typed(kind: str, value: str) -> str:
    """A moment or date as the control takes it: without its zone (which is UTC) and without seconds that are none."""
    if kind == "date":
        return value[:10]
    if kind == "datetime-local":
        return re.sub(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d):00$", r"\1", re.sub(r"(Z|\+00:00)$", "", value))
    return value


def act(window: Window, action: dict[str, Any], saved: dict[str, str]) -> None:
    """One action. Raises Wrong."""

    def filled(text: str, escape: Callable[[str], str] = str) -> str:
        return re.sub(r"\{([A-Za-z_]\w*)\}", lambda m: escape(saved[m[1]]) if m[1] in saved else m[0], text)

    target, value = filled(action["target"]), filled(action["value"])
    match action["do"]:
        case "goto":
            window.goto(target)
        case "reload" | "forget" | "submit" as alone:
            getattr(window, alone)()
        case "fill":
            window.fill(target, value)
        case "click":
            window.click(target)
        case "expect_text":
            window.expect_text(target, value)
        case "expect_no_text":
            window.expect_no_text(target, value)
        case "expect_row":
            window.expect_row(value)
        case "expect_error":
            window.expect_error(target, value)
        case "expect_url":
            found = window.expect_url(filled(action["value"], re.escape))
            if action["save"]:
                saved[action["save"]] = found
        case other:
            raise Wrong("an action that is known", str(other))


def steps(browser: Browser, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Each action's outcome, up to the first wrong one."""
    windows: dict[str, Window] = {}
    saved: dict[str, str] = {}
    done: list[dict[str, Any]] = []
    for action in asked["actions"]:
        session = action["session"]
        if session not in windows:
            windows[session] = Window(browser, f"http://localhost:{asked['port']}", asked["action_s"])
        try:
            act(windows[session], action, saved)
        except Wrong as wrong:
            return [*done, {"ok": False, "expected": wrong.expected, "got": wrong.got}]
        except Error as error:
            return [*done, {"ok": False, "expected": "the browser to do it", "got": str(error)[:SHOWN]}]
        done.append({"ok": True, "expected": "", "got": windows[session].path})
    return done


def not_healthy(product: "subprocess.Popen[bytes]", asked: dict[str, Any]) -> str:
    """Asks the health path until it answers 200; else why not."""
    end, got = time.monotonic() + asked["startup_s"], "no answer"
    while time.monotonic() < end:
        if product.poll() is not None:
            return f"it ended by itself: exit code {product.returncode}"
        connection = http.client.HTTPConnection("localhost", asked["port"], timeout=5)
        try:
            connection.request("GET", asked["health"])
            status = connection.getresponse().status
            if status == 200:
                return ""
            got = f"status {status}"
        except (OSError, http.client.HTTPException) as error:
            got = f"{type(error).__name__}"
        finally:
            connection.close()
        time.sleep(POLL_S)
    return f"{asked['health']} did not answer 200 within {asked['startup_s']:.0f} s: {got}"


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    product = subprocess.Popen(
        asked["argv"], stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True
    )
    # The product has its variables; the browser and its driver get none of them.
    os.environ.clear()
    os.environ.update(BROWSER_ENV)
    try:
        with sync_playwright() as playwright:
            try:
                # While the product starts.
                browser = playwright.chromium.launch(
                    executable_path=asked["program"], args=FLAGS, chromium_sandbox=False, env=dict(BROWSER_ENV)
                )
            except Error as error:
                return {"no_browser": f"the browser did not start: {str(error)[:SHOWN]}"}
            reason = not_healthy(product, asked)
            return {"not_started": reason} if reason else {"steps": steps(browser, asked)}
    finally:
        product.kill()


def main() -> None:
    # The product is the same user: it may neither read this process's memory nor write to its standard output.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    asked = json.load(sys.stdin)
    told = answer(asked)
    sys.stdout.write("\n" + asked["nonce"] + json.dumps(told) + "\n")


main()
