"""The catalogue taken anew from litellm's own table."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
import yaml

from providers.kinds.litellm import prices
from providers.money.catalogue import Catalogue, read

pytestmark = pytest.mark.feature("F2.1")

_ANEW = """
import sys
from providers.kinds.litellm.prices import main
print(main([]))
assert "litellm" not in sys.modules
"""
ROW = {
    "input_cost_per_token": 3e-06,
    "output_cost_per_token": 1.5e-05,
    "cache_read_input_token_cost": 3e-07,
    "max_input_tokens": 200_000,
    "max_tokens": 64_000,
    "supports_function_calling": True,
    "supports_vision": False,
}


def test_an_entry_in_dollars_per_million() -> None:
    made = prices.entry("anthropic/claude-x", {"claude-x": ROW}, source="a table", as_of="2026-11-21")
    (one,) = Catalogue.model_validate({"models": [made]}).models
    assert one.price is not None
    assert (one.price.input_usd, one.price.output_usd) == (Decimal(3), Decimal(15))
    assert one.price.cached_usd == Decimal("0.3")
    assert (one.context_window, one.max_output_tokens) == (200_000, 64_000)
    assert [str(word) for word in one.capabilities] == ["streaming", "tools"]


@pytest.mark.parametrize("table", [{}, {"claude-x": {"max_tokens": 5}}])
def test_nothing_is_made_up(table: dict[str, dict[str, int]]) -> None:
    assert prices.entry("anthropic/claude-x", table, source="", as_of="2026-11-21") is None


def test_all_that_ship_are_still_known() -> None:
    """And are found without importing litellm."""
    ended = subprocess.run([sys.executable, "-c", _ANEW], capture_output=True, text=True, check=False, timeout=300)
    assert ended.stderr == ""
    anew = Catalogue.model_validate(yaml.safe_load(ended.stdout))
    assert [one.model for one in anew.models] == [one.model for one in read().models]


def test_what_the_table_lacks_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert yaml.safe_load(prices.main(["nobody/nothing"])) == {"models": []}
    assert "nobody/nothing" in capsys.readouterr().err
