"""What models.yaml says of an agent program: it asks AutoDev's gateway, so that it has no key and no address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, ValidationError

from providers.config.base import AsNumber, Part, Seconds, Word
from providers.config.problems import Place
from providers.config.provider import ProviderPart
from providers.config.wording import said
from providers.kinds.agents import is_agent_kind, is_built_in

Argument = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]{0,99}$")]
ServerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")]


class McpServer(Part):
    """A server of the Model Context Protocol, started beside the program in its sandbox: no network, no secrets."""

    command: Word
    args: Annotated[list[Argument], Field(max_length=100)] = Field(default_factory=list)
    env: Annotated[dict[Variable, Argument], Field(max_length=100)] = Field(default_factory=dict)


class AgentParams(Part):
    """`max_turns`: answers of a model in one run at most. `max_budget_usd`: what one run may spend of the job's budget.
    `run_seconds` and `silence_seconds` (while no tool runs) end it. What is not written is the installation's, which
    they can only lower."""

    max_turns: Annotated[int, Field(ge=1, le=10_000)] | None = None
    max_budget_usd: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6), AsNumber] | None = None
    run_seconds: Seconds | None = None
    silence_seconds: Seconds | None = None
    mcp_servers: Annotated[dict[ServerName, McpServer], Field(max_length=50)] = Field(default_factory=dict)


def agent_refusals(part: ProviderPart) -> Iterator[tuple[Place, str]]:
    """What an agent program's entry may not say, by its key. A plug-in's kind may have parameters of its own."""
    if part.keys or part.needs_key:
        place: Place = ("keys",) if part.keys else ("needs_key",)
        yield place, "an agent program has no key: it asks AutoDev's own gateway"
    if part.api_base:
        yield ("api_base",), "an agent program has no address: it asks AutoDev's own gateway"
    if part.emergency:
        yield ("emergency",), "an agent program needs models: it is not there in an emergency"
    yield from _wrong(part.kind, part.params)


def agent_params(kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Those that may go to the program; of a row that is older than a rule the rest is left out."""
    wrong = {place[1] for place, _ in _wrong(kind, params)}
    return {name: value for name, value in params.items() if name not in wrong}


def _wrong(kind: str, params: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    known = params if is_built_in(kind) else {name: params[name] for name in AgentParams.model_fields if name in params}
    try:
        AgentParams.model_validate(known)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            problem = said(one, AgentParams)
            yield ("params", *problem.place), problem.message


def is_agent(part: ProviderPart) -> bool:
    return is_agent_kind(part.kind)
