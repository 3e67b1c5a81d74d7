"""Fault injection at named boundaries, for chaos tests.

`AUTODEV_FAILPOINTS="claim.after=kill9@3,write.after_commit=raise@0.01"`: `kill9` ends the process as the kernel would,
`raise` throws what a broken database connection throws, `stop` freezes the process (SIGSTOP). `@3` fires at the third
passage only, `@0.01` with that probability, nothing behind the word at each passage. Without the variable a failpoint
costs one comparison.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from typing import NamedTuple

from django.db import OperationalError


class Fault(NamedTuple):
    action: str
    at: int | None
    probability: float


def parse(text: str) -> dict[str, Fault]:
    """The faults by name. Raises ValueError where an entry is not `name=action[@when]`."""
    faults: dict[str, Fault] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, rest = entry.partition("=")
        action, _, when = rest.partition("@")
        if not name or not equals or action not in {"kill9", "raise", "stop"}:
            raise ValueError(f"AUTODEV_FAILPOINTS: not a failpoint: {entry!r}")
        share = float(when) if "." in when else 1.0
        faults[name] = Fault(action, int(when) if when and "." not in when else None, share)
    return faults


_faults = parse(os.environ.get("AUTODEV_FAILPOINTS", ""))
_passed: Counter[str] = Counter()
_chance = random.Random(os.environ.get("AUTODEV_FAILPOINTS_SEED"))  # noqa: S311 - chaos, no secret


def set_faults(text: str) -> None:
    """Replaces the faults of this process and starts the counts again."""
    _faults.clear()
    _faults.update(parse(text))
    _passed.clear()


def failpoint(name: str) -> None:
    """Fires the fault set for this boundary. Raises django.db.OperationalError for `raise`."""
    if not _faults or name not in _faults:
        return
    fault = _faults[name]
    _passed[name] += 1
    if (fault.at is not None and _passed[name] != fault.at) or _chance.random() >= fault.probability:
        return
    if fault.action == "raise":
        raise OperationalError(f"failpoint {name}")
    os.kill(os.getpid(), signal.SIGKILL if fault.action == "kill9" else signal.SIGSTOP)
