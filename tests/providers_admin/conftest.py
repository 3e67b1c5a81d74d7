from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.cast import build, cast

__all__ = ["build", "cast"]


@pytest.fixture(autouse=True)
def _no_counts() -> Iterator[None]:
    """Rate limits and throttles begin at zero in each test."""
    cache.clear()
    yield
    cache.clear()
