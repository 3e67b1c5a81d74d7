"""Tags of recovery's templates: decisions in words, and the workspace's state in the frame of every page."""

from __future__ import annotations

from typing import Any

from django import template

from autodev.accounts.access import Access
from recovery.models import RecoveryAttempt
from recovery.selectors import words
from recovery.selectors.outlook import meaning_of, open_questions
from recovery.states import RequestState

register = template.Library()
register.filter("strategy", words.label_of)
register.filter("failure", words.kind_of)
register.filter("seconds", words.seconds)
register.filter("changes", words.changes_of)


@register.filter
def told(row: RecoveryAttempt) -> words.Told:
    return words.told(row)


@register.filter
def percent(share: float | None) -> str:
    """`87 %` of 0.87; a dash where nothing is known."""
    return "–" if share is None else f"{round(100 * share)} %"


@register.filter
def request_tone(state: str) -> str:
    """The word whose tone a question's state has: an open one waits, which an open circuit does not."""
    return "waiting" if state == RequestState.OPEN else state


@register.inclusion_tag("recovery/state_live.html")
def workspace_state(access: Access) -> dict[str, Any]:
    """The banner below the bar: nothing while all is well and nobody is asked. One query."""
    return state_context(access)


def state_context(access: Access) -> dict[str, Any]:
    questions = open_questions(access.workspace.pk)
    return {"access": access, "meaning": meaning_of(access.workspace.state), "questions": questions}
