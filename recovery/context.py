"""What was done so far and what failed, for an attempt that begins on rebuilt ground."""

from __future__ import annotations

from collections.abc import Sequence

from projects.models import Attempt, AttemptOutcome, Step, Task
from recovery.guide import first_line

STEPS_TOLD = 12
FAILURES_TOLD = 5
LIMIT = 2000


def summary_of(task: Task) -> str:
    """In sentences, oldest first; empty where nothing was done."""
    steps = Step.objects.filter(task=task).exclude(title="").order_by("-created_at", "-id")
    titles = list(steps.values_list("title", flat=True)[:STEPS_TOLD])[::-1]
    failed = Attempt.objects.filter(task=task, outcome=AttemptOutcome.FAILED).order_by("-epoch")
    errors = [first_line(error) for error in failed.values_list("error", flat=True)[:FAILURES_TOLD]][::-1]
    return summary(titles, errors)


def summary(titles: Sequence[str], errors: Sequence[str]) -> str:
    """The steps and failures as a paragraph of at most `LIMIT` characters. Pure."""
    said = []
    if titles:
        said.append(f"Before this attempt was done, and set back: {'; '.join(dict.fromkeys(titles))}.")
    said += [f"An attempt ended with: {error}" for error in dict.fromkeys(errors) if error]
    text = "\n".join(said)
    return text if len(text) <= LIMIT else f"{text[: LIMIT - 1]}…"
