"""What the next worker is told of those before it: the brief, what was done, what failed, and what is open.

It goes into the job's guidance, which every worker gets fenced, behind its brief (`providers.kinds.agent.notes`). Lines
that quote what a model or a program said begin with `> `.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autodev.contracts.contexts import RepairContext
from autodev.contracts.job import Job
from providers.kinds.agents import journal_prefix
from providers.workers.said import lines_of
from providers.workers.standing import MOST_FINDINGS, Standing
from providers.workers.visits import Visit

LIMIT = 6000
BRIEF_LIMIT = 600
LAST_LINES = 12
MOST_PATHS = 40
MOST_MESSAGES = 8
MESSAGE_LIMIT = 400


@dataclass(frozen=True, kw_only=True)
class Handed:
    """One who worked before, with the last things that it did."""

    visit: Visit
    lines: tuple[str, ...] = ()


async def handed_by(job: Job, visits: Sequence[Visit], *, to: str, key: str) -> list[Handed]:
    """Those of the visits that did something and are over; not those that the one who takes over goes on with."""
    found = []
    for visit in visits:
        refused = visit.left is not None and visit.left.not_for_this_job
        if refused or (visit.worker, visit.key) == (to, key):
            continue
        prefix = journal_prefix(replace(job, key=visit.key), visit.worker)
        answers: Mapping[str, Any] = await job.ports.journal.answers(prefix)
        found.append(Handed(visit=visit, lines=tuple(lines_of(answers)[-LAST_LINES:])))
    return found


async def paths_between(job: Job, old: str, new: str) -> list[str]:
    """Of the files that differ between two commits, from the head of each file's diff."""
    if not old or old == new:
        return []
    text = await job.ports.workspace.diff(old, new)
    found = [line.rpartition(" b/")[2] for line in text.splitlines() if line.startswith("diff --git ")]
    return list(dict.fromkeys(found))


async def messages_of(job: Job) -> list[str]:
    """What people said to the task while others worked on it."""
    said = (await job.ports.journal.answers("message:")).values()
    return [f"{one.get('by') or 'A person'}: {' '.join(one['text'].split())[:MESSAGE_LIMIT]}" for one in said]


def handover(
    job: Job,
    handed: Sequence[Handed],
    *,
    paths: Sequence[str],
    standing: Standing | None,
    messages: Sequence[str] = (),
) -> str:
    """In words, at most LIMIT characters. Where nobody worked before it is what people said: who declined the job may
    have heard it, and nobody hears it twice."""
    if not handed:
        return _people(messages)
    parts = [_brief(job), *(_who(one) for one in handed), _people(messages), _files(paths), _open(job, standing)]
    return _fitted([part for part in parts if part])


def _brief(job: Job) -> str:
    brief = " ".join(job.brief.split())
    return f"You take over work that others began. It is about: {brief[:BRIEF_LIMIT]}"


def _who(one: Handed) -> str:
    left = one.visit.left
    text = f"{one.visit.worker} worked on it and was cut off."
    if left is not None:
        why = " ".join(left.message.split())[:MESSAGE_LIMIT]
        text = f"{one.visit.worker} worked on it and left ({left.kind.replace('_', ' ')}):\n> {why}"
    if left is not None and left.restored:
        text += f"\nWhat it changed was taken back, because these checks were green before: {', '.join(left.lost)}."
    if one.lines:
        text += "\nThe last things that it did:\n" + "\n".join(f"> {line}" for line in one.lines)
    return text


def _people(messages: Sequence[str]) -> str:
    if not messages:
        return ""
    return "People said meanwhile, which holds:\n" + "\n".join(f"- {one}" for one in messages[-MOST_MESSAGES:])


def _files(paths: Sequence[str]) -> str:
    if not paths:
        return "No file was changed by them."
    more = len(paths) - MOST_PATHS
    listed = ", ".join(paths[:MOST_PATHS]) + (f" and {more} more" if more > 0 else "")
    return f"The files are as they were left; changed so far: {listed}. Look at them before you change them."


def _open(job: Job, standing: Standing | None) -> str:
    findings = list(standing.findings) if standing is not None else []
    if standing is None and isinstance(job.context, RepairContext):
        findings = [f"{p.check}{f' at {p.place}' if p.place else ''}: {p.message}" for p in job.context.problems]
    text = ""
    if standing is not None:
        text = f"Checks that are green and must stay so: {', '.join(standing.green) or 'none'}."
    if findings:
        text += "\nWhat the checks find open:\n" + "\n".join(f"> {one}" for one in findings[:MOST_FINDINGS])
    return text.strip()


def _fitted(parts: Sequence[str]) -> str:
    """All of them, or those at the beginning and the end: the brief, and what is open."""
    text = "\n".join(parts)
    if len(text) <= LIMIT:
        return text
    first, last = parts[0], "\n".join(parts[-2:])[: LIMIT // 2]
    middle = "\n".join(parts[1:-2])
    room = max(0, LIMIT - len(first) - len(last) - 20)
    return f"{first}\n{middle[:room]}\n… (shortened)\n{last}"
