"""What is made once for all tests of a run, because it costs much and none of it is the test's own."""

from __future__ import annotations

import os
from pathlib import Path


def share_layers(data: Path, *more: str) -> Path:
    """The data folder, which is new, with the sandbox's layers and mypy's caches that all processes of the run share.

    Making those of one product anew takes 25 s of processor time. Both are found by what is in them, are locked while
    they are made and never change, so that nothing of one test is seen by another. `more`: other folders to share.
    """
    run = Path(os.environ["AUTODEV_TEST_RUN"]) / "data"
    for name in ("sandbox/layers", "mypy", *more):
        kept, own = run / name, data / name
        kept.mkdir(parents=True, exist_ok=True)
        own.parent.mkdir(parents=True, exist_ok=True)
        own.symlink_to(kept)
    return data
