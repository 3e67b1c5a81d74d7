"""What an agent program is asked to do, in words."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from string import Template

from autodev.contracts.contexts import DocumentContext, ExtendContext, RepairContext, TestContext
from autodev.contracts.job import Job
from autodev.contracts.program import APP
from autodev.lib.words import counted
from providers.kinds.agent.notes import notes
from providers.kinds.base import NotForThisJob

AGAIN = "The service was restarted. Check the state of the files, then go on."
_WHAT = {
    ExtendContext: (
        "A project lies before you. It installs, builds and passes its tests. Some of what was asked for is missing; "
        "you add it."
    ),
    RepairContext: "A project lies before you. Its checks found problems; you repair what causes them.",
    TestContext: "A project lies before you. Tests are missing for what was added to it; you write them.",
    DocumentContext: "A project lies before you. Its documentation does not say yet what was added; you write that.",
}
Context = ExtendContext | RepairContext | TestContext | DocumentContext


def context_of(job: Job) -> Context:
    """The context of a job that changes files of a project that is there. Raises NotForThisJob."""
    context = job.context
    if isinstance(context, ExtendContext | RepairContext | TestContext | DocumentContext):
        return context
    raise NotForThisJob("agent programs work on a project that is there")


def title_of(context: Context) -> str:
    """The summary's title."""
    if isinstance(context, ExtendContext):
        return f"Extended: {counted(len(context.open_requirements), 'requirement')}"
    if isinstance(context, RepairContext):
        return f"Repaired: {counted(len(context.problems), 'finding')}"
    return "Wrote tests" if isinstance(context, TestContext) else "Wrote documentation"


def brief_of(job: Job, context: Context) -> str:
    """The whole of the first message."""
    template = Template(Path(__file__).with_name("brief.md").read_text(encoding="utf-8"))
    commands = getattr(context, "commands", ())
    return (
        template.substitute(
            what=_WHAT[type(context)], app=APP, title=context.spec.title, blueprint=context.blueprint,
            commands=f" ({', '.join(f'`{shlex.join(argv)}`' for argv in commands)})" if commands else "",
            task=_task(context),
        )
        + notes(job)
    )  # fmt: skip


def parts_of(job: Job, context: Context) -> tuple[str, str]:
    """What stands in the first message and may be another one when the conversation is gone on with: the task, and the
    notes on earlier attempts."""
    return _task(context), notes(job)


def again_of(*, task: str, notes: str) -> str:
    """What a conversation is told that is gone on with, each of the two empty where it has it already."""
    now = f"\n\nThe task as it stands now:\n\n{task}" if task else ""
    return f"{AGAIN}{now}{notes}"


def _task(context: Context) -> str:
    if isinstance(context, ExtendContext):
        wanted = _points(context.open_requirements)
        return f"The description of the project:\n{context.spec.idea}\n\nStill missing:\n{wanted}"
    if isinstance(context, RepairContext):
        lines = [
            f"{p.check}{f' at {p.place}' if p.place else ''}: {p.message}{f' (hint: {p.hint})' if p.hint else ''}"
            for p in context.problems
        ]
        return f"The checks found:\n{_points(lines)}"
    changed = f"What was changed:\n{_points(context.paths)}"
    if isinstance(context, TestContext) and context.uncovered:
        lines = [f"{path}: {where}" for path, where in context.uncovered.items()]
        return f"{changed}\n\nNo test reaches:\n{_points(lines)}"
    if isinstance(context, DocumentContext) and context.documents:
        return (
            f"{changed}\n\nThe documentation that is there (a changelog gets an entry):\n{_points(context.documents)}"
        )
    return changed


def _points(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
