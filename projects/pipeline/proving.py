"""What follows where a product was made or changed: tests and documentation of what models added, the proof, its
repair, a review, the delivery. The same for a first build and for a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from projects.engine.outcome import NewTask
from projects.states import Phase

# What a build can do without: the gate says what is missing then, and the build is degraded.
SPARE = frozenset({"extend", "test", "document", "refine", "repair", "review", "amend"})
BESIDE = frozenset({"test", "document"})
BY_MODEL = frozenset({"test", "document", "repair", "review", "amend"})
_STEPS = (
    ("test", Phase.IMPLEMENT, "Write tests for what was added", 60, "Made"),
    ("document", Phase.IMPLEMENT, "Document what was added", 40, "Made"),
    ("validate", Phase.VALIDATE, "Run the ladder and the acceptance checks", 25, "Proved"),
    ("refine", Phase.REFINE, "Repair what the checks found", 1, "Proved"),
    ("repair", Phase.REFINE, "Repair by a model what is left", 30, "Proved"),
    ("review", Phase.REFINE, "Have it reviewed by a model that did not make it", 20, "Proved"),
    ("amend", Phase.REFINE, "Repair what the review found wrong", 10, "Proved"),
    ("deliver", Phase.DELIVER, "Ask the gate and deliver", 1, "Delivered"),
)


def proved(
    needs: Sequence[str], *, by_model: bool, extended: bool, kinds: Mapping[str, str] | None = None
) -> list[NewTask]:
    """The tasks, each after the one before, the first after `needs`. `by_model`: there is one to ask; `extended`: one
    may add to the product, so that tests and documentation may lack. `kinds` names other kinds of task for a key."""
    left_out = (frozenset() if by_model else BY_MODEL) | (frozenset() if extended else BESIDE)
    tasks: list[NewTask] = []
    for key, phase, title, estimate_s, milestone in _STEPS:
        if key not in left_out:
            tasks.append(
                NewTask(
                    key=key, kind=(kinds or {}).get(key, key), phase=phase, title=title,
                    needs=[tasks[-1].key] if tasks else list(needs), estimate_s=estimate_s, milestone=milestone,
                    critical=key not in SPARE,
                )
            )  # fmt: skip
    return tasks
