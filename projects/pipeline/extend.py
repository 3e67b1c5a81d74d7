"""Phase 4, with a model: it adds what the blueprint lacks. Kept only where what worked before still works."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import ExtendContext
from autodev.contracts.job import JobKind
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.pipeline import rounds
from projects.pipeline.guided import guidance
from projects.pipeline.job import do_job
from projects.pipeline.learned import as_findings, gone_since, learn
from projects.pipeline.left import keep_newest
from projects.pipeline.proof import Bench
from projects.pipeline.quality import work_passed
from projects.pipeline.results import result_of
from projects.pipeline.stacks import suite_commands
from projects.pipeline.standing import quoted, why_left_out
from projects.pipeline.wanted import checks_of, wanted_of
from projects.repository.repository import repository_of

KEY = "extend"


def run(ctx: TaskContext) -> Outcome:
    """Raises WorkFailed where nobody does it, or what was done breaks what worked: recovery decides what follows. As a
    fallback it keeps what of the earlier attempts works (80 %), or leaves what the blueprint made as it is (60 %)."""
    spec = Spec.model_validate(ctx.build.spec)
    wanted = wanted_of(spec, ctx.task.params)
    percent = guidance(ctx).percent
    if percent < 100:
        return _stand_in(ctx, wanted, percent)
    stack = result_of(ctx, "research")
    ctx.progress(5, f"Adding what is wanted: {counted(len(wanted), 'requirement')}")
    context = ExtendContext(
        spec=spec, blueprint=str(stack["blueprint"]), open_requirements=wanted, commands=suite_commands(stack)
    )
    name = rounds.begin(ctx, KEY)
    answer = do_job(ctx, kind=JobKind.IMPLEMENT, brief="\n".join(wanted), context=context, key=name)
    told: dict[str, Any] = {
        "provider": answer["provider"], "cost_usd": answer["cost_usd"], **answer["answer"],
        "left_open": answer["left_open"],
    }  # fmt: skip
    workspace, bench = ctx.workspace, Bench(ctx)
    ctx.progress(70, "Looking whether everything still works")
    if workspace.head in {"", workspace.base} or not _changes(ctx):
        return _unchanged(ctx, bench, name, wanted, told)
    worse = _worse(ctx, bench, str(answer["provider"]))
    work_passed(ctx, passed=not worse)
    if worse:
        raise rounds.found_bad(
            ctx, name, f"What worked before is broken: {worse}", kind="code_error", provider=answer["provider"]
        )
    return Succeeded(result={**told, "kept": True}, build_updates={"emergency": False})


def _changes(ctx: TaskContext) -> bool:
    """Whether any file is other than it was; what was changed and changed back is not."""
    workspace = ctx.workspace
    return bool(repository_of(ctx.build.project_id).changes(workspace.base, workspace.head))


def _unchanged(ctx: TaskContext, bench: Bench, name: str, wanted: list[str], told: dict[str, Any]) -> Outcome:
    """To change nothing is right only where all that was wanted is there and proved."""
    frozen = checks_of(ctx.task.build_id, wanted)
    if frozen and bench.finish(bench.ladder(), frozen, root=ctx.workspace.root).proved(frozen):
        return Succeeded(result={**told, "kept": False, "reason": "it was all there"}, merge=False)
    work_passed(ctx, passed=False)
    said = " ".join([*told.get("notes", ()), *told["left_open"]])[:300]
    message = f"{told['provider']} changed nothing{f': {said}' if said else '.'}"
    raise rounds.found_bad(ctx, name, message, kind="empty_answer", provider=str(told["provider"]))


def _worse(ctx: TaskContext, bench: Bench, provider: str = "") -> str:
    """What of the files got worse by the ladder; empty where they are as good as those the task began with. The files
    are afterwards as they were. Of what a base that was red does not find any more it learns."""
    workspace = ctx.workspace
    after = bench.ladder(workspace.root)
    if after.ok:
        return ""
    head = workspace.head
    before = _score_of_base(ctx, bench)
    workspace.restore(head)
    if after.score >= before:
        found = ctx.journal.answers(f"findings:{workspace.base}").get(f"findings:{workspace.base}", ())
        learn(ctx, gone_since(found, after), provider=provider)
        return ""
    red = [f"{key} {f.place}: {f.message}" for key, f in after.findings if f.severity == "error"]
    red += [f"{rung.key} {rung.status} {rung.reason}".strip() for rung in after.rungs if rung.status != "passed"]
    return f"{before} → {after.score}. {'; '.join(red[:5])}"[:1500]


def _score_of_base(ctx: TaskContext, bench: Bench) -> tuple[int, int, int]:
    """How good the files are that the task began with; measured once."""

    def measure() -> list[int]:
        ctx.workspace.restore(ctx.workspace.base)
        report = bench.ladder(ctx.workspace.root)
        ctx.journal.once(f"findings:{ctx.workspace.base}", lambda: as_findings(report), kind="note")
        return list(report.score)

    green, errors, warnings = ctx.journal.once(f"score:{ctx.workspace.base}", measure, title="Measured the base")
    return green, errors, warnings


def _stand_in(ctx: TaskContext, wanted: list[str], percent: int) -> Outcome:
    bench = Bench(ctx)
    why = why_left_out(ctx)
    ctx.progress(10, "Looking what can stand in")
    if percent > 60:
        kept = keep_newest(ctx, lambda: None if _worse(ctx, bench) else True)
        if kept is None:
            raise WorkFailed("Nothing that the attempts before left passes the checks.", kind="no_fallback")
        said = f"Added in part, as {why}. It may not meet, or not wholly: {quoted(wanted)}."
        return Succeeded(degraded=[said], result={"kept": True, "percent": percent, "commit": kept[0]})
    ctx.workspace.restore(ctx.build.head)
    if not bench.ladder(ctx.workspace.root).ok:
        raise WorkFailed("What the blueprint made is not green, so it cannot stand in.", kind="no_fallback")
    said = f"Left out, as {why}: {quoted(wanted)}. What the blueprint made stands."
    return Succeeded(degraded=[said], result={"kept": False, "percent": percent}, merge=False)
