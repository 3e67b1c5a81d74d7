"""One provider as models.yaml says it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from providers.config.base import AsNumber, Count, Json, Part, Seconds, Text, Word
from providers.config.secrets import check_address, check_params, looks_secret
from providers.targets import Capability

ENV = "env:"
_KEY = re.compile(r"^(env:[A-Z][A-Z0-9_]{0,99}|[A-Za-z0-9][A-Za-z0-9 _.-]{0,79})$")


def _key_name(value: str) -> str:
    if looks_secret(value):
        raise ValueError("this looks like a key itself; store it as a credential and write its name, or env:NAME")
    if not _KEY.match(value):
        raise ValueError("write the name of a credential, or env:NAME for a variable of the environment")
    return value


def _address(value: str) -> str:
    if value:
        check_address(value)
    return value


def _params(value: dict[str, Json]) -> dict[str, Json]:
    check_params(value)
    return value


Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6), AsNumber]
KeyName = Annotated[str, AfterValidator(_key_name)]


class PricePart(Part):
    """US dollars per million tokens; it goes before the price table."""

    input_usd: Dollars
    output_usd: Dollars
    cached_usd: Dollars | None = None
    cache_write_usd: Dollars | None = None
    source: Text = ""
    as_of: Text = ""


class DeadlinesPart(Part):
    """Seconds; what is not written is the workspace's `settings.deadlines`."""

    first_token_s: Seconds | None = None
    stall_s: Seconds | None = None
    total_s: Seconds | None = None
    connect_s: Seconds | None = None


class ProviderPart(Part):
    """`kind` is a provider kind (`litellm`, `blueprint`, or a plug-in's), `model` litellm's name of the model. `keys`
    are names, tried in order: of credentials, or `env:NAME`. `health_weight` scales its score. `upstream`: providers
    with the same word share a fate. `role` and `priority` are those of `frameworks` in the JSON of seeds 000.
    Capabilities, window, output limit and price that are not written come from the table of models."""

    kind: Word
    model: Annotated[str, Field(max_length=200, pattern=r"^\S*$")] = ""
    api_base: Annotated[str, Field(max_length=300), AfterValidator(_address)] = ""
    keys: Annotated[list[KeyName], Field(max_length=20)] = Field(default_factory=list)
    enabled: bool = True
    needs_key: bool | None = None
    emergency: bool = False
    upstream: Text = ""
    region: Text = ""
    capabilities: list[Capability] | None = None
    context_window: Count | None = None
    max_output_tokens: Count | None = None
    price: PricePart | None = None
    health_weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    max_concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    deadlines: DeadlinesPart = DeadlinesPart()
    params: Annotated[dict[str, Json], AfterValidator(_params)] = Field(default_factory=dict)
    role: Word | None = None
    priority: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


COLUMNS = ("kind", "model", "api_base", "keys", "enabled")  # of the row; the rest is its `document`
