from __future__ import annotations

from collections.abc import Iterator

import pytest

from autodev.events import channels
from autodev.events.models import Delivery
from autodev.lib import failpoints
from tests.cast import cast

__all__ = ["cast"]


@pytest.fixture(autouse=True)
def _no_faults() -> Iterator[None]:
    yield
    failpoints.set_faults("")


class Wire:
    """A channel that keeps what it was given, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failures = 0

    def __call__(self, delivery: Delivery) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the server hung up")
        self.sent.append(delivery.key)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The channel `wire`."""
    made = Wire()
    monkeypatch.setattr(channels, "_channels", {**channels._channels, "wire": made})
    return made
