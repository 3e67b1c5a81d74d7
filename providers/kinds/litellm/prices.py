"""`python -m providers.kinds.litellm.prices [MODEL …]`: the catalogue's entries anew, from litellm's own table.

Without names those of providers/data/models.yaml. Prints YAML; what the table does not know is said on standard error.
litellm itself is not imported: its table is a file.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from providers.money.catalogue import read

_TABLE = "model_prices_and_context_window_backup.json"
_CAPABILITIES = {
    "supports_function_calling": "tools",
    "supports_vision": "vision",
    "supports_response_schema": "structured",
    "supports_reasoning": "reasoning",
}
_PRICES = {
    "input_usd": "input_cost_per_token",
    "output_usd": "output_cost_per_token",
    "cached_usd": "cache_read_input_token_cost",
    "cache_write_usd": "cache_creation_input_token_cost",
}


def shipped_table() -> Mapping[str, Mapping[str, Any]]:
    """litellm's table by its names. Prices are in US dollars per token."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("litellm is not installed")
    found: Mapping[str, Mapping[str, Any]] = json.loads((Path(spec.origin).parent / _TABLE).read_text())
    return found


def entry(model: str, table: Mapping[str, Mapping[str, Any]], *, source: str, as_of: str) -> dict[str, Any] | None:
    """The catalogue's entry of a model; None where the table has none with a price."""
    provider, _, rest = model.partition("/")
    row = table.get(model) or table.get(rest)
    if row is None or not row.get("input_cost_per_token"):
        return None
    found: dict[str, Any] = {"model": model, "provider": provider}
    found["capabilities"] = ["streaming", *(ours for theirs, ours in _CAPABILITIES.items() if row.get(theirs))]
    found["context_window"] = row.get("max_input_tokens")
    found["max_output_tokens"] = row.get("max_output_tokens") or row.get("max_tokens")
    prices = {ours: _per_million(row[theirs]) for ours, theirs in _PRICES.items() if row.get(theirs)}
    return {**found, "prices": {**prices, "source": source, "as_of": as_of}}


def _per_million(per_token: float) -> str:
    return format((Decimal(str(per_token)) * 1_000_000).normalize(), "f")


def main(names: Iterable[str]) -> str:
    """The YAML of the entries."""
    table, source = shipped_table(), f"litellm {version('litellm')} price table"
    as_of = dt.datetime.now(dt.UTC).date().isoformat()
    wanted = list(names) or [one.model for one in read().models]
    made = {name: entry(name, table, source=source, as_of=as_of) for name in wanted}
    for name in (name for name, one in made.items() if one is None):
        sys.stderr.write(f"the table has no price of {name}\n")
    found: str = yaml.safe_dump({"models": [one for one in made.values() if one]}, sort_keys=False, width=120)
    return found


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]))
