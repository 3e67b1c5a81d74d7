"""Checks of screens in a real browser: the small site passes them, each broken screen turns one red."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from autodev.sandbox import Isolation, Layer, SandboxBackend, SandboxInstallFailed, SandboxSpec
from autodev.sandbox.browser import BrowserProgram
from autodev.sandbox.layers import FailureKind
from autodev.sandbox.types import SandboxResult
from autodev.spec.checks import BrowserAction, BrowserCheck, Check
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.scenario import Act, Create, ListRecords, LogIn, Read, Scenario, Update, Value
from projects.checks import layers
from projects.checks.acceptance import CheckOutcome, Product, browser_runner, run_acceptance
from tests.checks.acceptance.cast import PAGES, broken, frozen
from tests.spec.dialects.specs import BOOKING

ROOM = Value(ref="room")
TAKEN = {"room": ROOM, "starts_at": Value(now_plus_s=7200), "ends_at": Value(now_plus_s=10800)}
JOURNEY = Scenario(
    id="journey",
    title="a room is booked, and not twice",
    through="browser",
    steps=(
        Create(entity="Room", values={"name": "Blue", "active": True}, save="room"),
        ListRecords(entity="Room", contains=("room",)),
        Create(entity="Booking", values={**TAKEN, "chair": Value(ref="bob")}, save="first"),
        Read(entity="Booking", ref="first", see={"room": ROOM, "chair": Value(ref="bob"), "status": "booked"}),
        Create(actor="bob", entity="Booking", values=TAKEN, expect="refused", field="room"),
        Update(entity="Room", ref="room", values={"name": "Green", "active": False}),
        Act(entity="Booking", ref="first", action="cancel"),
        Read(entity="Booking", ref="first", see={"status": "cancelled"}),
        LogIn(actor="bob", wrong_password=True, expect="unauthenticated"),
    ),
)


def checked(check: Check, product: Product, backend: SandboxBackend) -> CheckOutcome:
    return run_acceptance(checks=frozen(check), product=product, backend=backend)[0]


def in_browser(*actions: BrowserAction) -> BrowserCheck:
    return BrowserCheck(id="b", title="b", actions=actions)


@pytest.fixture(scope="module")
def journey() -> Check:
    return compile_scenario(BOOKING, JOURNEY, dialect="html_forms")


@pytest.mark.feature("F1.11")
def test_a_journey_through_the_screens_passes(journey: Check, room_pages: Product, backend: SandboxBackend) -> None:
    found = checked(journey, room_pages, backend)
    assert (found.failure, found.status, found.reason) == ("", "passed", "")
    assert isinstance(journey, BrowserCheck)
    assert len(found.steps) == len(journey.actions)


MUTATIONS = [
    # what requests see, too
    ('row["status"] = "cancelled"', 'row["status"] = "gone"', "expected 'cancelled' in status, got "),
    # what only a browser sees
    ('<input name="username">', '<input name="username" pattern="[a-z]+">', "the browser says: username: "),
    ("<p data-error{named}>", "<p hidden data-error{named}>", "expected a message about room"),
    ('<select name="room">', '<select name="room" hidden>', "expected a control room"),
]


@pytest.mark.feature("F1.11")
@pytest.mark.parametrize(("good", "bad", "expected"), MUTATIONS)
def test_a_broken_screen_turns_it_red(
    good: str,
    bad: str,
    expected: str,
    journey: Check,
    room_pages: Product,
    backend: SandboxBackend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser_runner, "ACTION_S", 8.0)
    found = checked(journey, broken(room_pages, tmp_path / "broken", "main.py", good, bad), backend)
    assert found.status == "failed"
    assert expected in found.failure


ANN = "ann@example.com"
SIGNED_IN = (
    BrowserAction(do="goto", target="/accounts/signup/"),
    *(BrowserAction(do="fill", target=name, value=ANN) for name in ("email", "password1", "password2")),
    BrowserAction(do="submit"),
    BrowserAction(do="goto", target="/accounts/login/"),
    *(BrowserAction(do="fill", target=name, value=ANN) for name in ("username", "password")),
    BrowserAction(do="click", target="Send"),
    BrowserAction(do="expect_text", value=f"hello {ANN}"),
)


def test_the_smaller_actions(room_pages: Product, backend: SandboxBackend) -> None:
    check = in_browser(
        *SIGNED_IN,
        BrowserAction(do="reload"),
        BrowserAction(do="expect_no_text", value="Hello bob"),
        BrowserAction(do="expect_url", value="^/$"),
    )
    assert checked(check, room_pages, backend).failure == ""


@pytest.mark.parametrize(
    ("action", "failure"),
    [
        (BrowserAction(do="submit", session="bob"), "expected a form to send, got none was filled in"),
        (BrowserAction(do="goto", target="/bookings/7/"), "expected a page at /bookings/7/, got status 404: "),
        (BrowserAction(do="click", target="Nothing"), "expected a button or link 'Nothing', got /: Hello ann"),
        (BrowserAction(do="expect_text", value="Welcome"), "expected 'Welcome' in the page, got /: Hello ann"),
        (BrowserAction(do="expect_no_text", value="Hello"), "expected no 'Hello' in the page, got /: Hello ann"),
        (BrowserAction(do="expect_url", value="^/rooms/$"), "expected to be at ^/rooms/$, got /: Hello ann"),
    ],
)
def test_what_is_not_there_is_told(
    action: BrowserAction,
    failure: str,
    room_pages: Product,
    backend: SandboxBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser_runner, "ACTION_S", 6.0)
    found = checked(in_browser(*SIGNED_IN, action), room_pages, backend)
    assert found.status == "failed"
    assert failure in found.failure


def test_without_a_browser_it_is_not_run(
    room_pages: Product, backend: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_runner, "browser_program", lambda: None)
    found = checked(in_browser(BrowserAction(do="goto", target="/")), room_pages, backend)
    assert found.status == "not_run"
    assert found.reason.startswith("no browser on this machine; install one: scripts/install-system-packages")


def test_a_browser_that_does_not_start_is_not_the_product_s_fault(
    room_pages: Product, backend: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        browser_runner, "browser_program", lambda: BrowserProgram(Path("/usr/bin/true"), "/usr/bin/true")
    )
    found = checked(in_browser(BrowserAction(do="goto", target="/")), room_pages, backend)
    assert (found.status, found.reason.split(":")[0]) == ("not_run", "the browser did not start")


@pytest.mark.parametrize("kind", ["unreachable", "cancelled"])
def test_a_driver_that_cannot_be_installed_is_not_run(
    kind: FailureKind, room_pages: Product, backend: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(*args: object, **kwargs: object) -> Layer:
        raise SandboxInstallFailed(kind, "Failed to fetch")

    monkeypatch.setattr(layers, "_shared", {})
    monkeypatch.setattr(layers, "python_layer", install)
    found = checked(in_browser(BrowserAction(do="goto", target="/")), room_pages, backend)
    assert found.status == "not_run"
    assert found.reason == "cancelled" if kind == "cancelled" else "Failed to fetch" in found.reason


def test_a_product_that_does_not_start_is_red(room_pages: Product, backend: SandboxBackend) -> None:
    check = in_browser(BrowserAction(do="goto", target="/"))
    plan = PAGES.model_copy(update={"argv": ["python", "-c", "raise SystemExit('no port')"]})
    product = replace(room_pages, manifest=room_pages.manifest.model_copy(update={"run": plan}))
    found = checked(check, product, backend)
    assert (found.status, found.excerpt) == ("failed", "no port")
    assert "the product could not be started: it ended by itself" in found.reason
    silent = replace(room_pages, manifest=room_pages.manifest.model_copy(update={"run": None}))
    assert (checked(check, silent, backend).status, checked(check, silent, backend).reason) == (
        "not_run",
        "the product is not started as a server",
    )


@pytest.mark.parametrize(
    "answer", ["", "no json", "[1]", '{"steps": []}', '{"steps": [{"ok": true, "expected": "", "got": ""}]}']
)
def test_an_answer_that_is_none_is_never_passed(
    answer: str, room_pages: Product, backend: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda size: "nonce")
    told = SandboxResult(status="ok", exit_code=0, stdout=f"nonce{answer}\n", level=Isolation.PROCESS)
    real = backend.run
    check = in_browser(BrowserAction(do="goto", target="/"), BrowserAction(do="reload"))

    class Lying:
        name = backend.name

        def run(self, spec: SandboxSpec) -> SandboxResult:
            return told if "browser_driver" in " ".join(spec.argv) else real(spec)

    found = checked(check, room_pages, cast("SandboxBackend", Lying()))
    assert found.status == "failed"
    assert found.reason.startswith(("the browser gave no answer", "the browser left actions undone"))
