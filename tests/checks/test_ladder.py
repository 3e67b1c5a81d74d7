"""The ladder's own rules, with scripted rungs: order, needs, what breaks, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from autodev.blueprints.manifest import Manifest
from autodev.contracts.ports import Cancelled
from autodev.sandbox import Isolation, SandboxBackend, SandboxResult, SandboxSpec
from autodev.sandbox.backends import RefusingBackend
from autodev.sandbox.types import KILLED_OUTSIDE
from projects.checks import registry
from projects.checks.context import CheckContext, NotRun
from projects.checks.ladder import run_ladder, with_needs
from projects.checks.layers import LayerSource, SandboxLayers
from projects.checks.python.install import RUNG as INSTALL
from projects.checks.python.lint import RUNG as LINT
from projects.checks.python.parse import RUNG as PARSE
from projects.checks.types import FindingData, LadderReport, Rung, RungResult, score
from tests.checks import sample

Answer = Callable[[CheckContext], RungResult]


class Scripted:
    """A rung that does what it is told."""

    title = "Scripted"

    def __init__(self, key: str, *needs: str, answer: Answer | None = None, required: bool = True) -> None:
        self.key, self.needs, self.required, self.position = key, needs, required, 1
        self._answer = answer or (lambda ctx: ctx.answer(key, "passed"))

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        return self._answer(ctx)


def climb(*rungs: Rung, **more: object) -> LadderReport:
    backend = RefusingBackend(["none here"])
    arguments: dict[str, object] = {
        "root": Path(), "manifest": sample.MANIFEST, "lock": "", "backend": backend, "rungs": rungs,
    } | more  # fmt: skip
    return run_ladder(**arguments)  # type: ignore[arg-type]  # the arguments of a table


def statuses(report: LadderReport) -> dict[str, str]:
    return {r.key: r.status for r in report.rungs}


def failing(ctx: CheckContext) -> RungResult:
    return ctx.answer("a", "failed", findings=[FindingData(rule="r", message="m")])


def raising(ctx: CheckContext) -> RungResult:
    raise ZeroDivisionError("oops")


def missing_tool(ctx: CheckContext) -> RungResult:
    raise NotRun("no tool")


def test_what_needs_a_red_rung_does_not_run() -> None:
    report = climb(Scripted("a", answer=failing), Scripted("b", "a"), Scripted("c", "b"), Scripted("d"))
    assert statuses(report) == {"a": "failed", "b": "not_run", "c": "not_run", "d": "passed"}
    assert [r.reason for r in report.rungs] == ["", "needs a", "needs b", ""]
    assert not report.ok


@pytest.mark.feature("F1.16")
def test_a_rung_that_raises_is_not_run_and_stops_nothing() -> None:
    report = climb(Scripted("a", answer=raising), Scripted("b"))
    assert statuses(report) == {"a": "not_run", "b": "passed"}
    assert report.rungs[0].reason == "the check itself failed: ZeroDivisionError: oops"


def test_a_missing_tool_is_not_run_with_its_reason() -> None:
    report = climb(Scripted("a", answer=missing_tool))
    assert (report.rungs[0].status, report.rungs[0].reason, report.ok) == ("not_run", "no tool", False)


class Killed(RefusingBackend):
    """Its first sandboxes are killed."""

    def __init__(self, times: int) -> None:
        super().__init__([])
        self.left = times

    def run(self, spec: SandboxSpec) -> SandboxResult:
        self.left -= 1
        lost = SandboxResult(status="setup_error", reason=f"{KILLED_OUTSIDE} (signal 9)")
        return lost if self.left >= 0 else SandboxResult(status="ok", exit_code=0, level=Isolation.PROCESS)


def running(ctx: CheckContext) -> RungResult:
    done = ctx.backend.run(SandboxSpec(argv=["true"]))
    if not done.ran:
        raise NotRun(done.reason)
    return ctx.answer("a", "passed")


@pytest.mark.feature("F3.9")
def test_a_rung_whose_sandbox_was_killed_is_run_again() -> None:
    assert statuses(climb(Scripted("a", answer=running), backend=Killed(2))) == {"a": "passed"}
    often = climb(Scripted("a", answer=running), backend=Killed(3)).rungs[0]
    assert (often.status, often.reason) == ("not_run", f"{KILLED_OUTSIDE}, 3 times")


def test_an_optional_rung_does_not_decide() -> None:
    assert climb(Scripted("a"), Scripted("b", answer=missing_tool, required=False)).ok
    assert not climb(Scripted("b", required=False)).ok


def test_needs_that_go_in_a_circle_or_nowhere_are_not_run() -> None:
    report = climb(Scripted("a", "b"), Scripted("b", "a"), Scripted("c", "nowhere"), Scripted("d"))
    assert statuses(report) == {"a": "not_run", "b": "not_run", "c": "not_run", "d": "passed"}


def test_only_brings_what_it_needs() -> None:
    rungs = [Scripted("a"), Scripted("b", "a"), Scripted("c")]
    assert statuses(climb(*rungs, only={"b"})) == {"a": "passed", "b": "passed"}
    assert with_needs(rungs, {"b", "unknown"}) == {"a", "b"}


def test_two_run_at_once_and_no_more() -> None:
    both = threading.Barrier(2, timeout=60)
    now, most = [0], [0]
    guard = threading.Lock()

    def meet(ctx: CheckContext) -> RungResult:
        with guard:
            now[0] += 1
            most[0] = max(most[0], now[0])
        both.wait()
        with guard:
            now[0] -= 1
        return ctx.answer("x", "passed")

    assert climb(*(Scripted(k, answer=meet) for k in "abcd")).ok
    assert most == [2]


def test_cancelling_ends_the_ladder() -> None:
    cancel = threading.Event()
    ran: list[str] = []

    def cancels(ctx: CheckContext) -> RungResult:
        cancel.set()
        return ctx.answer("a", "passed")

    def notes(ctx: CheckContext) -> RungResult:
        ran.append("b")
        return ctx.answer("b", "passed")

    with pytest.raises(Cancelled):
        climb(Scripted("a", answer=cancels), Scripted("b", "a", answer=notes), cancel=cancel)
    assert ran == []


def test_progress_is_told() -> None:
    told: list[tuple[str, str]] = []
    climb(Scripted("a", answer=failing), Scripted("b", "a"), on_progress=lambda key, status: told.append((key, status)))
    assert told == [("a", "running"), ("a", "failed"), ("b", "not_run")]


def test_the_results_needed_are_handed_on() -> None:
    seen: list[list[str]] = []

    def look(ctx: CheckContext) -> RungResult:
        seen.append(list(ctx.earlier))
        return ctx.answer("b", "passed")

    climb(Scripted("a"), Scripted("x"), Scripted("b", "a", answer=look))
    assert seen == [["a"]]


def test_without_a_sandbox_nothing_is_said_to_pass(tmp_path: Path) -> None:
    report = climb(*registry.rungs_for(sample.MANIFEST), root=sample.write(tmp_path), lock="fastapi==0.1\n")
    assert {r.status for r in report.rungs} == {"not_run"}
    assert report.level is Isolation.NONE
    assert "none here" in report.rungs[1].reason


@pytest.mark.parametrize("rung", [PARSE, LINT])
def test_a_tool_that_the_layer_lacks_is_not_run(
    rung: Rung, backend: SandboxBackend, layers: LayerSource, lock: str, tmp_path: Path
) -> None:
    class Empty(SandboxLayers):
        def tools(self, **how: object) -> object:  # type: ignore[override]  # only its path is asked for
            class Bare:
                path = tmp_path

            return Bare()

    report = climb(rung, backend=backend, layers=Empty(backend), only={rung.key}, root=sample.write(tmp_path / "p"))
    if rung is LINT:
        assert report.rungs[0].reason == "needs parse"
    else:
        assert "is not in the tools layer" in report.rungs[0].reason


def test_output_is_forwarded_with_the_rung(
    backend: SandboxBackend, layers: LayerSource, lock: str, tmp_path: Path
) -> None:
    heard: list[tuple[str, str]] = []
    root = sample.write(tmp_path)
    climb(
        INSTALL, backend=backend, layers=layers, lock=lock, root=root, only={"install"},
        on_output=lambda key, stream, text: heard.append((key, text)),
    )  # fmt: skip
    assert {key for key, _ in heard} == {"install"}
    assert "fastapi==" in "".join(text for _, text in heard)


def result(status: str, errors: int = 0, warnings: int = 0, key: str = "k") -> RungResult:
    found = [FindingData(rule="r", message="m")] * errors
    found += [FindingData(rule="r", message="m", severity="warning")] * warnings
    return RungResult(key=key, status=status, findings=tuple(found))  # type: ignore[arg-type]  # a table of words


def of(*results: RungResult) -> LadderReport:
    return LadderReport(rungs=results, required=frozenset({"a", "b"}))


def test_the_score_prefers_green_rungs_then_fewer_errors_then_fewer_warnings() -> None:
    worst = of(result("failed", 9, key="a"), result("not_run", key="b"))
    fewer = of(result("failed", 1, 3, key="a"), result("not_run", key="b"))
    calmer = of(result("failed", 1, 2, key="a"), result("not_run", key="b"))
    greener = of(result("passed", key="a"), result("failed", 50, key="b"))
    optional = of(result("failed", 1, 2, key="a"), result("not_run", key="b"), result("passed", key="c"))
    assert score(worst) < score(fewer) < score(calmer) < score(greener)
    assert score(optional) == score(calmer)


def test_a_report_survives_json() -> None:
    report = LadderReport(
        rungs=(RungResult(
            key="a", status="failed", findings=(FindingData(rule="r", message="m", file="f", line=1),), excerpt="x",
            metrics={"n": 1}, wall_ms=5, level=Isolation.PROCESS, reason="why",
        ),),
        required=frozenset({"a"}), tools={"ruff": "1"}, wall_ms=9,
    )  # fmt: skip
    assert LadderReport.from_json(report.as_json()) == report
    assert report.findings == [("a", report.rungs[0].findings[0])]
    assert report.rungs[0].findings[0].place == "f:1"
