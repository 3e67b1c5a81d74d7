"""`lab`: the lab as a fixture, as new for each test.

In a conftest: `from tests.providers_lab.fixtures import _lab, lab`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers_lab.server import Lab

__all__ = ["_lab", "lab"]


@pytest.fixture(scope="session")
def _lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def lab(_lab: Lab) -> Iterator[Lab]:
    _lab.reset()
    yield _lab
    _lab.reset()
