"""The table of models that ships."""

from __future__ import annotations

import pytest

from providers.money.catalogue import catalogue
from providers.targets import Capability

pytestmark = pytest.mark.feature("F2.1")

MODELS = catalogue().models


def test_it_is_broad() -> None:
    assert len(MODELS) >= 20
    assert len({one.provider for one in MODELS}) >= 6


@pytest.mark.parametrize("one", MODELS, ids=[one.model for one in MODELS])
def test_each_has_limits_and_a_price_that_says_where_it_stands(one: object) -> None:
    from providers.money.catalogue import CatalogueModel

    assert isinstance(one, CatalogueModel)
    assert one.context_window is not None
    assert one.max_output_tokens is not None
    assert one.max_output_tokens <= one.context_window
    assert Capability.STREAMING in one.capabilities
    assert one.price is not None
    assert 0 < one.price.input_usd <= one.price.output_usd
    assert one.price.cached_usd is None or one.price.cached_usd < one.price.input_usd
    assert one.price.source
    assert one.price.as_of
