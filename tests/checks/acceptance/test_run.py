"""What is never passed: a changed check, a product that does not start, a sandbox that refuses, a cancelled run."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from autodev.blueprints.manifest import RunPlan
from autodev.contracts.ports import Fenced
from autodev.sandbox import SandboxBackend, SandboxResult, SandboxSpec
from autodev.sandbox.backends import RefusingBackend
from autodev.sandbox.types import KILLED_OUTSIDE
from autodev.spec.checks import (
    Check,
    CliCheck,
    CliRun,
    ClockStep,
    FunctionCall,
    FunctionCheck,
    HtmlExpect,
    HttpCheck,
    HttpStep,
)
from projects.checks.acceptance import CheckOutcome, FrozenCheck, Product, clock, run_acceptance
from projects.checks.acceptance.clock import ClockUnavailable
from projects.checks.acceptance.run import _One
from projects.checks.acceptance.types import Ran
from tests.checks.acceptance.cast import PAGES, broken, frozen

HEALTH = HttpCheck(id="health", title="health", steps=(HttpStep(path="/health/", text_contains=("fine",)),))
CLI = CliCheck(id="cli", title="cli", runs=(CliRun(args=()),))
FUNCTION = FunctionCheck(id="function", title="function", calls=(FunctionCall(target="os:getcwd", returns=""),))


def with_plan(product: Product, **changes: object) -> Product:
    plan = PAGES.model_copy(update=changes)
    return replace(product, manifest=product.manifest.model_copy(update={"run": plan}))


def run_one(product: Product, backend: SandboxBackend, *checks: FrozenCheck) -> CheckOutcome:
    return run_acceptance(checks=checks or frozen(HEALTH), product=product, backend=backend)[0]


def test_changed_check_is_refused(room_pages: Product, backend: SandboxBackend) -> None:
    easier = HEALTH.model_copy(update={"steps": (HttpStep(path="/health/", status=(200, 500)),)})
    tampered = FrozenCheck(check=easier, digest=frozen(HEALTH)[0].digest)
    found = run_one(room_pages, backend, tampered)
    assert (found.status, found.reason) == ("not_run", "the check was changed after it was frozen")
    assert run_one(room_pages, backend).status == "passed"


def test_product_that_cannot_be_prepared_is_red(room_pages: Product, backend: SandboxBackend) -> None:
    found = run_one(with_plan(room_pages, prepare=[["python", "-c", "raise SystemExit('no table')"]]), backend)
    assert found.status == "failed"
    assert found.reason.startswith("the product could not be prepared: python -c")
    assert found.excerpt == "no table"


def test_product_that_ends_at_once_is_red(room_pages: Product, backend: SandboxBackend) -> None:
    found = run_one(with_plan(room_pages, argv=["python", "-c", "raise SystemExit('no port')"]), backend)
    assert (found.status, found.reason) == (
        "failed",
        "the product could not be started: it ended by itself: nonzero",
    )
    assert found.excerpt == "no port"


def test_product_that_never_listens_is_red(room_pages: Product, backend: SandboxBackend) -> None:
    silent = with_plan(room_pages, argv=["python", "-c", "import time; time.sleep(60)"], startup_s=0.5)
    found = run_one(silent, backend)
    assert (found.status, found.reason) == ("failed", "the product could not be started: it did not listen within 2 s")


def test_product_that_is_not_healthy_is_red(room_pages: Product, backend: SandboxBackend) -> None:
    found = run_one(with_plan(room_pages, health_path="/nowhere/", startup_s=1.5), backend)
    assert found.status == "failed"
    assert "/nowhere/ did not answer 200" in found.reason


def test_program_that_does_not_exist_is_not_passed(room_pages: Product, backend: SandboxBackend) -> None:
    found = run_one(with_plan(room_pages, argv=["no-such-program"]), backend)
    assert found.status != "passed"
    assert found.reason


@pytest.mark.parametrize("check", [HEALTH, CLI, FUNCTION], ids=lambda check: check.kind)
def test_refusing_sandbox_gives_not_run(check: HttpCheck | CliCheck | FunctionCheck, room_pages: Product) -> None:
    product = replace(room_pages, manifest=room_pages.manifest.model_copy(update={"cli": ["python", "main.py"]}))
    found = run_one(product, RefusingBackend(["no bubblewrap"]), *frozen(check))
    assert found.status == "not_run"
    assert "no bubblewrap" in found.reason


def test_refusing_sandbox_gives_not_run_when_preparing(room_pages: Product) -> None:
    product = with_plan(room_pages, prepare=[["python", "-V"]])
    found = run_one(product, RefusingBackend(["no bubblewrap"]))
    assert (found.status, "no bubblewrap" in found.reason) == ("not_run", True)


def test_product_without_a_server_is_not_run(pricing: Product, backend: SandboxBackend) -> None:
    found = run_one(pricing, backend)
    assert (found.status, found.reason) == ("not_run", "the product is not started as a server")


def test_cancelled_checks_are_not_run(room_pages: Product, backend: SandboxBackend) -> None:
    cancel = threading.Event()
    told: list[tuple[str, int, int]] = []

    def stop_after_first(outcome: CheckOutcome, done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((outcome.status, done, total))
        cancel.set()

    checks = frozen(*(HEALTH.model_copy(update={"id": f"h{number}"}) for number in range(4)))
    found = run_acceptance(
        checks=checks, product=room_pages, backend=backend, cancel=cancel, on_progress=stop_after_first
    )
    assert [outcome.check_id for outcome in found] == ["h0", "h1", "h2", "h3"]
    assert [outcome.reason for outcome in found][2:] == ["cancelled", "cancelled"]
    assert [(done, total) for _, done, total in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_each_check_starts_on_fresh_data(room_pages: Product, backend: SandboxBackend) -> None:
    sign_up = {"email": "a@example.com", "password1": "x", "password2": "x"}
    steps = (
        HttpStep(
            method="POST",
            path="/accounts/login/",
            form_page="/accounts/login/",
            form={"username": "a@example.com", "password": "x"},
            html_expect=(HtmlExpect(op="error"),),
        ),
        HttpStep(
            method="POST",
            path="/accounts/signup/",
            form_page="/accounts/signup/",
            form=sign_up,
            final_path="/accounts/login/",
        ),
    )
    checks = frozen(*(HttpCheck(id=name, title=name, steps=steps) for name in ("first", "second", "third")))
    found = run_acceptance(checks=checks, product=room_pages, backend=backend)
    assert [outcome.failure for outcome in found] == ["", "", ""]


def test_product_that_breaks_off_is_red(room_pages: Product, backend: SandboxBackend, tmp_path: Path) -> None:
    product = broken(
        room_pages, tmp_path / "broken", "main.py", 'return 200, f"Hello', 'os._exit(3); return 200, f"Hello'
    )
    sign_up = {"email": "a@example.com", "password1": "x", "password2": "x"}
    log_in = {"username": "a@example.com", "password": "x"}
    steps = (
        HttpStep(method="POST", path="/accounts/signup/", form_page="/accounts/signup/", form=sign_up),
        HttpStep(method="POST", path="/accounts/login/", form_page="/accounts/login/", form=log_in),
    )
    found = run_one(product, backend, *frozen(HttpCheck(id="c", title="c", steps=steps)))
    assert [step.ok for step in found.steps] == [True, False]
    assert found.status == "failed"


def test_clock_that_cannot_be_moved_is_not_run(
    room_pages: Product, backend: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> Path:
        raise ClockUnavailable("time-machine is not installed")

    monkeypatch.setattr(clock, "python_clock_directory", unavailable)
    check = HttpCheck(id="c", title="c", steps=(HttpStep(path="/health/"), ClockStep(advance_s=60)))
    found = run_one(room_pages, backend, *frozen(check))
    assert (found.status, found.reason) == ("not_run", "time-machine is not installed")


def test_run_plan_may_set_the_path_of_imports() -> None:
    plan = RunPlan(argv=["x"], env={"PYTHONPATH": "/workspace/app/lib"}, health_path="/")
    moved = clock.PythonClock().env(60, plan.env)
    assert moved == {"PYTHONPATH": "/opt/clock:/workspace/app/lib", "ACCEPTANCE_CLOCK_OFFSET_S": "60"}


def test_who_is_told_may_stop_the_rest(
    room_pages: Product, backend: SandboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    begun: list[str] = []
    run = _One._run

    def counted(self: _One, number: int, check: Check) -> Ran:
        begun.append(check.id)
        return run(self, number, check)

    monkeypatch.setattr(_One, "_run", counted)

    def lost(outcome: CheckOutcome, done: int, total: int) -> None:
        told.append(outcome.check_id)
        raise Fenced

    checks = frozen(*(HEALTH.model_copy(update={"id": f"h{number}"}) for number in range(12)))
    with pytest.raises(Fenced):
        run_acceptance(checks=checks, product=room_pages, backend=backend, on_progress=lost)
    assert len(told) == 1
    assert len(begun) < len(checks)


class Losing:
    """Kills its first sandboxes."""

    def __init__(self, behind: SandboxBackend, times: int) -> None:
        self.behind, self.left, self.name = behind, times, behind.name
        self.probe, self.start, self.reap = behind.probe, behind.start, behind.reap

    def run(self, spec: SandboxSpec) -> SandboxResult:
        self.left -= 1
        if self.left >= 0:
            return SandboxResult(status="setup_error", reason=f"{KILLED_OUTSIDE} (signal 9)")
        return self.behind.run(spec)


@pytest.mark.feature("F3.9")
@pytest.mark.parametrize(("times", "status"), [(2, "passed"), (3, "not_run")])
def test_check_whose_sandbox_was_killed_is_run_again(
    pricing: Product, backend: SandboxBackend, times: int, status: str
) -> None:
    calls = (FunctionCall(target="os.path:basename", args=("a/b",), returns="b"),)
    call = FunctionCheck(id="name", title="name", calls=calls)
    found = run_acceptance(checks=frozen(call), product=pricing, backend=Losing(backend, times))[0]
    assert found.status == status
