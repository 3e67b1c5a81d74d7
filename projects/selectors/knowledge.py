"""What is known of fixes: the patterns and how they did, what was learned and how it did."""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from autodev.accounts.errors import NotFound
from autodev.accounts.models import Workspace
from projects.fixes.learned_fixers import PREFIX
from projects.fixes.registry import all_fixers
from projects.models import LearnedFix, Task

TASKS_LOOKED_AT = 500
STATES = ("on", "off")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern fixer. `uses` counts how often it was tried in the workspace's newest builds, `kept` how often the
    ladder got better by it; `about` is its first sentence. `there` is false for one of a plug-in that is gone."""

    key: str
    about: str
    uses: int = 0
    kept: int = 0
    there: bool = True

    @property
    def success_rate(self) -> float | None:
        return self.kept / self.uses if self.uses else None


def patterns_of(workspace: Workspace) -> list[Pattern]:
    """All pattern fixers in their order, with what the newest refinements say of them. One query."""
    uses: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    tasks = Task.objects.filter(build__workspace=workspace, kind="refine").order_by("-created_at")
    for result in tasks.values_list("result", flat=True)[:TASKS_LOOKED_AT]:
        for one in result.get("tried", ()):
            if not one["fix"].startswith(PREFIX) and one["outcome"] in {"kept", "rolled_back", "error"}:
                uses[one["fix"]] += 1
                kept[one["fix"]] += one["outcome"] == "kept"
    known = {
        fixer.key: Pattern(key=fixer.key, about=_about(fixer), uses=uses[fixer.key], kept=kept[fixer.key])
        for fixer in all_fixers()
    }
    gone = [
        Pattern(key=key, about="", uses=n, kept=kept[key], there=False) for key, n in uses.items() if key not in known
    ]
    return [*known.values(), *sorted(gone, key=lambda one: one.key)]


def learned_of(workspace: Workspace, *, state: str = "", check: str = "", query: str = "") -> QuerySet[LearnedFix]:
    """The workspace's learned fixes, newest first. `state` is `on` or `off`, `check` a rung's key; `query` looks in
    rule, example and provider."""
    rows = workspace.learned_fixes.select_related("evidence")
    if state in STATES:
        rows = rows.filter(enabled=state == "on")
    if check:
        rows = rows.filter(check_key=check)
    if query:
        found = Q(rule__icontains=query) | Q(example__icontains=query) | Q(provider__icontains=query)
        rows = rows.filter(found)
    return rows.order_by("-created_at", "-id")


def checks_of(workspace: Workspace) -> Sequence[str]:
    """The rungs of which something was learned."""
    return list(workspace.learned_fixes.order_by("check_key").values_list("check_key", flat=True).distinct())


def learned_fix_of(workspace: Workspace, fix_id: uuid.UUID) -> LearnedFix:
    """Raises NotFound for another workspace's."""
    row = workspace.learned_fixes.select_related("evidence").filter(pk=fix_id).first()
    if row is None:
        raise NotFound("There is no such fix.")
    return row


def _about(fixer: object) -> str:
    """The first sentence of the fixer's module, as its author wrote it."""
    words = (getattr(sys.modules.get(type(fixer).__module__), "__doc__", "") or "").strip()
    return words.partition("\n\n")[0].replace("\n", " ")
