"""The table of models that ships with AutoDev: what each can do and what it costs. `providers/data/models.yaml`.

The names are litellm's, with the provider in front. A name with a date behind it, or one of the listed aliases, is the
same model. Whatever runs on one's own machine is known by its prefix and costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from providers.targets import Capability, Price

DATA = Path(__file__).parent.parent / "data" / "models.yaml"
LOCAL_PREFIXES = ("ollama/", "ollama_chat/", "lm_studio/", "hosted_vllm/", "llamafile/")
_DATED = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
Dollars = Annotated[Decimal, Field(ge=0, le=100_000)]


class CataloguePart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CataloguePrice(CataloguePart):
    """US dollars per million tokens, where it was read and when."""

    input_usd: Dollars
    output_usd: Dollars
    cached_usd: Dollars | None = None
    cache_write_usd: Dollars | None = None
    source: str
    as_of: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class CatalogueModel(CataloguePart):
    """`model` is litellm's name, `provider` the company or service that answers. Token counts are whole numbers. A
    `local` one needs no key and has no price."""

    model: Annotated[str, Field(pattern=r"^[a-z0-9_]+/\S+$")]
    provider: str
    title: str = ""
    aliases: list[str] = []
    capabilities: list[Capability]
    context_window: Annotated[int, Field(gt=0)] | None = None
    max_output_tokens: Annotated[int, Field(gt=0)] | None = None
    prices: CataloguePrice | None = None
    local: bool = False

    @property
    def price(self) -> Price | None:
        if self.prices is None:
            return None
        return Price(**self.prices.model_dump())


class Catalogue(CataloguePart):
    """`note` says where the table comes from."""

    version: int = 1
    note: str = ""
    models: list[CatalogueModel]

    @cached_property
    def _by_name(self) -> Mapping[str, CatalogueModel]:
        return {name: one for one in self.models for name in (one.model, *one.aliases)}

    def entry(self, model: str) -> CatalogueModel | None:
        """The entry of a model by its name, an alias or its name without the date; None where nobody knows it."""
        found = self._by_name.get(model) or self._by_name.get(_DATED.sub("", model))
        if found is None and model.startswith(LOCAL_PREFIXES):
            provider, _, _ = model.partition("/")
            return CatalogueModel(model=model, provider=provider, capabilities=[Capability.STREAMING], local=True)
        return found


def read(path: Path = DATA) -> Catalogue:
    """A checked table. Raises pydantic's ValidationError, or ValueError where a name stands twice."""
    table = Catalogue.model_validate(yaml.safe_load(path.read_text()))
    names = [name for one in table.models for name in (one.model, *one.aliases)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name}: more than once: {', '.join(twice)}")
    return table


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The table that ships, read once."""
    return read()
