"""The builds of a run: what is asked for, when, and where. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PROBE = (
    "Create a REST API for a todo app with authentication",
    "A list of recipes that people share. A recipe has a title and a text.",
    "An API for notes. A note has a title, a text and a due date.",
    "A library system where members borrow books. Books have a title, an author and an ISBN.",
)
GLOWING = "Create a REST API for a todo app with authentication. Each todo glows in the dark."
REAL = (
    "Create a REST API for a todo app with authentication",
    "A command line tool in Python that reads a CSV file and prints count, mean, min and max of each numeric column",
    "An API for notes. A note has a title and a text.",
    "Create a REST API for contacts. A contact has a name, an e-mail address and a phone number.",
    "Meeting room booking with Django: employees book rooms for a time slot, no two bookings of a room may overlap",
)
WORKSPACES = ("north", "south", "east")
# Their providers are the lab's.
MODELLED = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One build to be. `sort` says what is expected of it: probe, model, real, parts, poison, hang. `at_s` from the
    run's beginning; `key` is its Idempotency-Key."""

    number: int
    sort: str
    at_s: float
    workspace: str
    idea: str
    key: str
    body: Mapping[str, Any] = field(default_factory=dict)


def reference(seed: int) -> Order:
    """The build before the first fault."""
    body = {"blueprint": "probe"}
    return Order(
        number=0, sort="probe", at_s=0.0, workspace=WORKSPACES[0], idea=PROBE[0], key=f"chaos-{seed}-0", body=body
    )


def orders(*, seed: int, builds: int, seconds: float, real: int) -> list[Order]:
    """`builds` builds over the first four fifths of the time; the real ones early, because they take longest."""
    rng = random.Random(f"orders {seed}")
    rest = max(0, builds - real)
    special = ["poison"] * (rest >= 8) + ["hang"] * (1 + (rest >= 40)) * (rest >= 6)
    parts = max(1, rest // 8) if rest >= 3 else 0
    modelled = rest // 3
    sorts = [*special, *["parts"] * parts, *["model"] * modelled]
    sorts += ["probe"] * (rest - len(sorts))
    rng.shuffle(sorts)
    sorts.sort(key=lambda sort: sort != "hang")  # a hang takes longest to be found
    early = [(round(seconds * 0.3 * number / max(1, real), 2), "real") for number in range(real)]
    paced = [(round(seconds * 0.8 * number / max(1, len(sorts)), 2), sort) for number, sort in enumerate(sorts)]
    count = {"real": 0}
    found = []
    for number, (at_s, sort) in enumerate(sorted(early + paced), start=1):
        workspace = MODELLED if sort == "model" else rng.choice(WORKSPACES)
        idea, body = _asked(sort, rng, count)
        key = f"chaos-{seed}-{number}"
        found.append(Order(number=number, sort=sort, at_s=at_s, workspace=workspace, idea=idea, key=key, body=body))
    return found


def _asked(sort: str, rng: random.Random, count: dict[str, int]) -> tuple[str, dict[str, Any]]:
    if sort == "real":
        count["real"] += 1
        return REAL[(count["real"] - 1) % len(REAL)], {}
    if sort == "model":
        return GLOWING, {"blueprint": "probe"}
    if sort == "probe":
        return rng.choice(PROBE), {"blueprint": "probe"}
    return rng.choice(PROBE), {"preferences": {"chaos": sort}}
