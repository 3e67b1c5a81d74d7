"""The jobs that are done on files, as the loop is given them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from autodev.contracts.contexts import DocumentContext, ExtendContext, Problem, RepairContext, TestContext
from autodev.contracts.job import Job
from autodev.lib.words import counted
from providers.kinds.agent.loop import Brief
from providers.kinds.agent.prompts import prompt_of

UNTOLD = "(no command is known for it; `run_checks` tells what is red)"
FileContext = ExtendContext | RepairContext | TestContext | DocumentContext


async def brief_of(job: Job, context: FileContext) -> tuple[Brief, str]:
    """What is to be done, and a title for what was done."""
    values = {"title": context.spec.title, "blueprint": context.blueprint}
    if isinstance(context, RepairContext):
        items = tuple(_problem(one) for one in context.problems)
        task = "The checks found:\n" + "\n".join(f"- {one}" for one in items)
        brief = Brief(prompt=await prompt_of(job, "repair"), values=values, task=task, items=items)
        return brief, f"Repaired: {counted(len(items), 'finding')}"
    if isinstance(context, DocumentContext):
        task = f"Say in the project's documentation what these files do:\n{_listed(context.paths)}"
        if context.documents:
            task += f"\n\nThe documentation that is there (a changelog gets an entry):\n{_listed(context.documents)}"
        brief = Brief(prompt=await prompt_of(job, "document"), values=values, task=task, items=tuple(context.paths))
        return brief, f"Documented {counted(len(context.paths), 'file')}"
    values["commands"] = "\n".join(shlex.join(argv) for argv in context.commands) or UNTOLD
    if isinstance(context, TestContext):
        items = tuple(f"{path}: {context.uncovered.get(path, 'all of it')}" for path in context.paths)
        task = f"Write tests for these files; no test reaches yet:\n{_listed(items)}"
        brief = Brief(prompt=await prompt_of(job, "test"), values=values, task=task, items=items)
        return brief, f"Wrote tests for {counted(len(items), 'file')}"
    wanted = tuple(context.open_requirements)
    task = f"The description of the project:\n{context.spec.idea}\n\nStill missing:\n{_listed(wanted)}"
    return Brief(prompt=await prompt_of(job, "extend"), values=values, task=task, items=wanted), (
        f"Extended: {counted(len(wanted), 'requirement')}"
    )


def _problem(one: Problem) -> str:
    place, hint = f" at {one.place}" if one.place else "", f" (hint: {one.hint})" if one.hint else ""
    return f"{one.check}{place}: {one.message}{hint}"


def _listed(items: Sequence[str]) -> str:
    return "\n".join(f"- {one}" for one in items)
