"""A stored decision made again, by its own strategy or by another one, from what was stored with it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from providers.health.matrix import Score
from providers.health.settings import HealthSettings
from providers.live.view import Incumbent, Quality, WorkspaceView
from providers.money.prices import USUAL_OUTPUT_TOKENS, most
from providers.routing.choice import Candidate
from providers.routing.choose import ranked
from providers.routing.local import Local
from providers.states import Strategy
from providers.targets import Price, Target

NOBODY = uuid.UUID(int=0)
_FACTORS = frozenset(item.name for item in fields(Score))


class NotReplayable(Exception):
    """The decision was stored before what it was made from was."""


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """`order` are the names as they would have been asked, `leader` who would serve this kind of task from then on,
    `reason` why the first one stands first."""

    order: tuple[str, ...]
    leader: str
    reason: str

    @property
    def chosen(self) -> str:
        return self.order[0] if self.order else ""


def replay(
    candidates: Sequence[Mapping[str, Any]],
    inputs: Mapping[str, Any],
    strategy: Strategy,
    *,
    incumbent: Incumbent | None = None,
) -> Replayed:
    """`candidates` and `inputs` are those of a Decision. Gates, wishes and what only that moment knew hold as they did;
    the strategy orders whoever passed them. `incumbent` stands in for who served then, where another strategy has been
    followed for longer. Raises NotReplayable."""
    asked = sorted((one for one in candidates if one.get("place") is not None), key=lambda one: one["place"])
    if "hysteresis" not in inputs or any("position" not in one for one in asked):
        raise NotReplayable
    closed = [one for one in asked if one["closed"] and not one["emergency"]]
    last = [one["name"] for one in asked if one["emergency"]]
    if not closed:
        names = [one["name"] for one in asked if not one["emergency"]]
        return Replayed(order=(*names, *last), leader="", reason="nobody whose breaker is closed can be asked")
    prices = {one["name"]: one["price"] for one in closed}
    found, order = ranked(
        strategy,
        [_candidate(one) for one in sorted(closed, key=lambda one: one["position"])],
        incumbent or _incumbent(inputs),
        WorkspaceView(workspace_id=NOBODY, quality=_quality(inputs)),
        Local(turn=inputs["turn"], load=inputs["load"], estimate=lambda target: estimate(prices[target.name], inputs)),
        inputs["now"],
        _hysteresis(inputs),
        wisher=inputs["wisher"],
        tight=inputs["tight"],
    )
    return Replayed(order=(*(one.name for one in order), *last), leader=found.name, reason=order[0].reason)


def estimate(price: Sequence[Any] | None, inputs: Mapping[str, Any]) -> Decimal | None:
    """What the request might have cost at most, by the price that was stored."""
    if price is None:
        return None
    limits = [limit for limit in (inputs["output_tokens"], price[2]) if limit]
    known = Price(input_usd=Decimal(price[0]), output_usd=Decimal(price[1]))
    return most(known, input_tokens=inputs["input_tokens"], output_tokens=min(limits, default=USUAL_OUTPUT_TOKENS))


def _candidate(one: Mapping[str, Any]) -> Candidate:
    factors = {name: value for name, value in one["factors"].items() if name in _FACTORS}
    target = Target(id=NOBODY, workspace_id=NOBODY, name=one["name"], kind="")
    why = one["reason"].rpartition("; ")[2] if one["behind"] else ""
    return Candidate(
        target=target, key=None, score=Score(total=one["score"], **factors), reason=why, position=one["position"],
        behind=one["behind"],
    )  # fmt: skip


def _incumbent(inputs: Mapping[str, Any]) -> Incumbent | None:
    found = inputs["incumbent"]
    return None if found is None else Incumbent(provider=found[0], since=found[1])


def _quality(inputs: Mapping[str, Any]) -> dict[str, Quality]:
    return {name: Quality(checked=checked, share=share) for name, (checked, share) in inputs["quality"].items()}


def _hysteresis(inputs: Mapping[str, Any]) -> HealthSettings:
    margin, stay_s, samples = inputs["hysteresis"]
    return HealthSettings(switch_margin=margin, minimum_stay_s=stay_s, minimum_samples=samples)
