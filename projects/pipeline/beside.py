"""Work of a model beside the product itself: tests for what was added, words about it. It is kept only where it stays
in its own files and makes nothing worse, and a build that lacks it lacks nothing that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autodev.contracts.job import JobKind
from projects.checks.types import LadderReport
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.pipeline import rounds
from projects.pipeline.job import do_job
from projects.pipeline.left import keep_newest
from projects.pipeline.proof import Bench
from projects.pipeline.quality import work_passed
from projects.pipeline.standing import why_left_out
from projects.repository.repository import repository_of

LEFT_OUT = "left_out"
IN_PART = 80


class Beside:
    """One such task. `own` says of a path whether the work may change it; `worse` what got worse from one report to
    another, empty where nothing did."""

    def __init__(
        self,
        ctx: TaskContext,
        *,
        kind: JobKind,
        own: Callable[[str], bool],
        worse: Callable[[LadderReport, LadderReport], str],
    ) -> None:
        self._ctx, self._kind, self._own, self._worse = ctx, kind, own, worse
        self._bench = Bench(ctx)

    @property
    def bench(self) -> Bench:
        return self._bench

    def done(self, *, brief: str, context: Any, before: Callable[[], LadderReport]) -> Outcome:
        """`before` is measured where something was changed. Raises WorkFailed where nobody does it, or what was done is
        of no use: recovery decides what follows."""
        ctx = self._ctx
        name = rounds.begin(ctx, str(self._kind))
        answer = do_job(ctx, kind=self._kind, brief=brief, context=context, key=name)
        provider = str(answer["provider"])
        told: dict[str, Any] = {
            "provider": provider, "cost_usd": answer["cost_usd"], **answer["answer"], "left_open": answer["left_open"]
        }  # fmt: skip
        workspace = ctx.workspace
        if workspace.head in {"", workspace.base} or not self._changed():
            return Succeeded(result={**told, "kept": False, "reason": "nothing was changed"}, merge=False)
        ctx.progress(70, "Looking whether everything still works")
        why = self.refused(before())
        work_passed(ctx, passed=not why)
        if why:
            raise rounds.found_bad(ctx, name, why, kind="code_error", provider=provider)
        return Succeeded(result={**told, "kept": True})

    def stand_in(self, percent: int, before: Callable[[], LadderReport]) -> Outcome:
        """What of the earlier attempts is of use (80 %), or nothing (60 %); the build is none the worse for it."""
        ctx, why = self._ctx, why_left_out(self._ctx)
        if percent >= IN_PART:
            report = before()
            kept = keep_newest(ctx, lambda: None if self.refused(report) else True)
            if kept is None:
                raise WorkFailed("Nothing that the attempts before left can be kept.", kind="no_fallback")
            return Succeeded(result={"kept": True, "percent": percent, "commit": kept[0], LEFT_OUT: why})
        ctx.workspace.restore(ctx.workspace.base)
        return Succeeded(result={"kept": False, "percent": percent, LEFT_OUT: why}, merge=False)

    def refused(self, before: LadderReport) -> str:
        """Why the files as they are cannot be kept; empty where they can."""
        workspace = self._ctx.workspace
        strange = [path for path in self._changed() if not self._own(path)]
        if strange:
            return f"It changed what is not its own: {', '.join(strange[:5])}"
        after = self._bench.ladder(workspace.root)
        if after.score < before.score:
            red = [f"{key} {f.place}: {f.message}" for key, f in after.findings if f.severity == "error"]
            red += [f"{rung.key} {rung.status}" for rung in after.rungs if rung.status == "failed"]
            return f"What worked before is broken: {'; '.join(red[:5])}"[:1500]
        return self._worse(before, after)

    def _changed(self) -> Sequence[str]:
        workspace = self._ctx.workspace
        changes = repository_of(self._ctx.build.project_id).changes(workspace.base, workspace.head)
        return [change.path for change in changes]


def of_base(ctx: TaskContext, bench: Bench) -> LadderReport:
    """The report on the files that the task began with; measured once for the task."""

    def measure() -> dict[str, Any]:
        head = ctx.workspace.head
        if head not in {"", ctx.workspace.base}:
            ctx.workspace.restore(ctx.workspace.base)
        report = bench.ladder(ctx.workspace.root)
        if head not in {"", ctx.workspace.base}:
            ctx.workspace.restore(head)
        return report.as_json()

    return LadderReport.from_json(ctx.journal.once(f"report:{ctx.workspace.base}", measure, title="Measured the base"))
