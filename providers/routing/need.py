"""What a caller needs beside the request itself, and what it gets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from providers.chat import Completion
from providers.failures.signal import Failure
from providers.states import CallOutcome, CallPurpose
from providers.targets import Capability


@dataclass(frozen=True, kw_only=True)
class Need:
    """Who asks, for what, and within which limits.

    `task_kind` names the chain (a kind of job, or `default`), `task_class` one of seeds 000 (`simple_tasks`, …) whose
    chain stands before it. `deadline_s` is how long the whole answer may take from the call on, all attempts together;
    None takes the provider's own. `budget_usd` is what this request may cost at most. `only` and `prefer` are the
    user's override by name of provider; `avoid` are not asked (who made the work under review, for instance). `region`
    is where the provider must be (`eu` holds `eu-west-1`). `capabilities` are wanted beyond those that the request
    shows; `input_tokens` is its size where that is known. `attempts` is how many paid calls may be made.
    `reroute_refusals`: whether a refusal by content policy goes to the next provider; None does so for jobs and not for
    the gateway, whose caller gets the provider's reason. `validated`: the caller checks the answer's form itself, so
    that a provider that cannot promise a response format may be asked too, and calls of tools that cannot be read come
    back as they are. `buffered`: a stream gives nothing before
    its answer is whole, so that any break is repaired unseen. `emergency`: whether the emergency provider may answer.
    `prompt` is what the request was made from (`repair@2`), for the ledger.
    """

    workspace_id: uuid.UUID
    task_kind: str = "default"
    task_class: str = ""
    purpose: CallPurpose = CallPurpose.JOB
    project_id: uuid.UUID | None = None
    build_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    user: str = ""
    deadline_s: float | None = None
    budget_usd: Decimal | None = None
    only: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    region: str = ""
    capabilities: frozenset[Capability] = frozenset()
    input_tokens: int | None = None
    attempts: int = 3
    cacheable: bool = False
    reroute_refusals: bool | None = None
    validated: bool = False
    buffered: bool = False
    emergency: bool = True
    prompt: str = ""

    @property
    def reroutes_refusals(self) -> bool:
        return self.purpose == CallPurpose.JOB if self.reroute_refusals is None else self.reroute_refusals


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call that was made for a request: with whom, how it ended, what it cost. Times in milliseconds."""

    call_id: uuid.UUID
    provider: str
    key_name: str
    outcome: CallOutcome
    failure: Failure | None = None
    cost_usd: Decimal = Decimal(0)
    first_token_ms: float | None = None
    total_ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer. `calls` are all attempts in their order, the last one gave it; `cost_usd` is that of all of them.
    `emergency` marks the emergency provider's, `cache_hit` one that was paid before (`calls` is then empty)."""

    completion: Completion
    provider: str
    request_id: uuid.UUID
    calls: tuple[Attempt, ...] = ()
    cost_usd: Decimal = Decimal(0)
    decision_id: uuid.UUID | None = None
    emergency: bool = False
    cache_hit: bool = False
