"""The host's monotonic clock, moved by hand."""

from __future__ import annotations

import pytest

from autodev.lib import clock


class HostClock:
    """`now` is what `autodev.lib.clock.monotonic` gives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = clock.monotonic()
        monkeypatch.setattr(clock, "monotonic", lambda: self.now)
