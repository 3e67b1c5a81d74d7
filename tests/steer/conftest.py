"""A task that is held, to talk to."""

from __future__ import annotations

from tests.engine.conftest import _data, _no_faults, build, claimed, ctx, handle, lease, task, user, workspace
from tests.engine.test_kill import worker

__all__ = [
    "_data", "_no_faults", "build", "claimed", "ctx", "handle", "lease", "task", "user", "worker", "workspace",
]  # fmt: skip
