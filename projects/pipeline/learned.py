"""What a task learns from a repair that was kept, and what it tries of what was learned before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from autodev.events import services as events
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.checks.types import FindingData, LadderReport, RungResult
from projects.engine.context import TaskContext
from projects.fixes.learned import digest_of, edits_for, signature_of
from projects.fixes.learned_fixers import PREFIX, LearnedFixer, fixers_of
from projects.fixes.refine import Tried, findings_gone
from projects.models import LearnedFix, Step
from projects.repository.errors import NotFound
from projects.repository.repository import Repository

SWITCHED_OFF_AFTER = 2  # failures in a row
OF_A_SIGNATURE_MOST = 10
LEARNED_MOST = 20  # of one repair
FILES_MOST = 40


def as_findings(report: LadderReport) -> list[list[Any]]:
    """The errors of a report for a journal; `gone_since` reads them."""
    found = [(key, finding) for key, finding in report.findings if finding.severity == "error"]
    return [[key, {n: getattr(f, n) for n in FindingData.__slots__}] for key, f in found[:200]]


def gone_since(before: Sequence[Any], after: LadderReport) -> list[tuple[str, FindingData]]:
    """Of the findings of `as_findings` those that a rung which ran in `after` no longer has."""
    rungs = tuple(RungResult(key=key, status="failed", findings=(FindingData(**data),)) for key, data in before)
    return list(findings_gone(LadderReport(rungs=rungs, required=frozenset()), after))


def learn(ctx: TaskContext, gone: Sequence[tuple[str, FindingData]], *, provider: str) -> int:
    """Stores, for each finding that the task's change made go away, the smallest edits that answer it; gives how many
    are new. The rows and the journal's step are one transaction; the second time nothing happens. Raises Fenced."""
    step = f"learned:{ctx.workspace.head}"
    if not gone or ctx.journal.knows(step):
        return 0
    build = ctx.build
    old, new = _texts(ctx)
    blueprint = str(build.plan.get("blueprint", ""))
    rows: dict[tuple[str, str], LearnedFix] = {}
    for key, finding in gone:
        edits = edits_for(finding, old, new)
        if not edits or len(rows) >= LEARNED_MOST:
            continue
        row = LearnedFix(
            workspace=build.workspace, signature=signature_of(key, finding.rule, finding.message), check_key=key[:80],
            rule=finding.rule[:120], blueprint=blueprint[:80], example=f"{finding.place} {finding.message}".strip(),
            edits=[edit.as_json() for edit in edits], digest=digest_of(edits), provider=provider[:80], evidence=build,
        )  # fmt: skip
        rows[row.signature, row.digest] = row

    def apply() -> int:
        made = 0
        for row in rows.values():
            same = LearnedFix.objects.filter(workspace=build.workspace, signature=row.signature)
            room = same.filter(enabled=True).count() < OF_A_SIGNATURE_MOST  # what is switched off keeps no place
            if room and not same.filter(digest=row.digest).exists():
                LearnedFix.objects.bulk_create([row], ignore_conflicts=True)  # another build may learn the same now
                made += 1
        ctx.journal.record(step, {"learned": made}, title=f"Learned {made} fixes", kind="note")
        return made

    return write(apply) if rows else 0


def learned_for(ctx: TaskContext, report: LadderReport) -> list[LearnedFixer]:
    """The enabled fixes of the workspace for what the report found, best first. One query."""
    signatures = {signature_of(key, f.rule, f.message) for key, f in report.findings}
    rows = LearnedFix.objects.filter(workspace=ctx.build.workspace_id, enabled=True, signature__in=signatures)
    return fixers_of(rows)


def count(ctx: TaskContext, tried: Tried) -> None:
    """Notes a use of a learned fix and how it went, in the transaction of the step that tells it; the same attempt of
    the same fix from the same commit counts once, whatever dies. Raises Fenced."""
    key = tried.fix.fixer.removeprefix(PREFIX)
    step = f"{PREFIX}{key}:{ctx.workspace.base}"
    if ctx.journal.knows(step) or tried.outcome not in {"kept", "rolled_back", "error"}:
        return
    kept = tried.outcome == "kept"

    def apply() -> None:
        rows = LearnedFix.objects.filter(pk=key)
        if Step.objects.filter(task_id=ctx.task.id, key=step).exists():
            return  # the commit landed before the connection broke
        told = {"fix": key, "outcome": tried.outcome, "detail": tried.detail}
        ctx.journal.record(step, told, title=tried.fix.title, kind="note")
        if kept:
            rows.update(uses=F("uses") + 1, successes=F("successes") + 1, failures_in_a_row=0, used_at=db_now())
            return
        rows.update(uses=F("uses") + 1, failures_in_a_row=F("failures_in_a_row") + 1, used_at=db_now())
        if rows.filter(enabled=True, failures_in_a_row__gte=SWITCHED_OFF_AFTER).update(enabled=False):
            payload = {"fix_id": key, "why": f"{SWITCHED_OFF_AFTER} failures in a row", "title": tried.fix.title}
            events.record(type="knowledge.switched_off", workspace_id=ctx.build.workspace_id, payload=payload)

    write(apply)


def _texts(ctx: TaskContext) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of the files that the task changed, before and after; nothing where they are too many."""
    workspace = ctx.workspace
    repository = workspace.repository
    changes = repository.changes(workspace.base, workspace.head)
    if len(changes) > FILES_MOST:
        return {}, {}
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for change in changes:
        for commit, texts in ((workspace.base, old), (workspace.head, new)):
            text = _text(repository, commit, change.path)
            if text is not None:
                texts[change.path] = text
    return old, new


def _text(repository: Repository, commit: str, path: str) -> str | None:
    """None for what is not there, and for what is no text."""
    try:
        return repository.read(commit, path).decode()
    except (NotFound, UnicodeDecodeError):
        return None
