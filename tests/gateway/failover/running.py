"""A scenario from its first call to its verdict."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import httpx

from tests.gateway.failover.calling import Result, call
from tests.gateway.failover.scenarios import OK, Scenario, Timing
from tests.gateway.failover.wall import PREFILLED, TEXT, Wall

ALIVE_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """`faults`: every check that did not hold, required and advisory alike; empty is a pass. `attempts` reached the
    primary and the fallback. `back_s`: when a flapping primary answered again, from its recovery on."""

    scenario: Scenario
    faults: tuple[str, ...]
    took_s: float
    attempts: tuple[int, int]
    ended: str
    back_s: float | None = None


async def play(scenario: Scenario, client: httpx.AsyncClient, wall: Wall) -> Outcome:
    began = wall.begin()
    if scenario.flaps:
        results = await _flapping(scenario, client, wall, began)
    else:
        results = [await call(client, scenario.model, longest_s=scenario.longest_s)]
    reached = [one.at for one in wall.attempts(scenario.model)]
    fallback = len(wall.attempts(scenario.fallback))
    back_s = _back_s(scenario, wall, began)
    alive = await call(client, OK, longest_s=ALIVE_S, stream=False)
    faults = [fault for one in results for fault in _of_the_answer(scenario, one, wall.timing)]
    faults += _of_the_attempts(scenario, reached)
    if scenario.flaps and (back_s is None or back_s > wall.timing.back_in_s):
        faults.append("the primary was not used again in time")
    if scenario.alive and (alive.error or alive.text != TEXT):
        faults.append(f"not alive afterwards: {alive.error}")
    last = results[-1]
    return Outcome(
        scenario=scenario,
        faults=tuple(faults),
        took_s=time.monotonic() - began if scenario.flaps else last.took_s,
        attempts=(len(reached), fallback),
        ended=last.error or f"{last.model}, {len(last.text.split())} words",
        back_s=back_s,
    )


async def _flapping(scenario: Scenario, client: httpx.AsyncClient, wall: Wall, began: float) -> list[Result]:
    """Requests at even distances while the primary comes back."""
    healing = asyncio.get_running_loop().call_later(wall.timing.down_s, wall.heal, scenario)
    results: list[Result] = []
    try:
        for number in range(wall.timing.requests):
            await asyncio.sleep(max(0.0, began + number * wall.timing.interval_s - time.monotonic()))
            results.append(await call(client, scenario.model, longest_s=scenario.longest_s))
    finally:
        healing.cancel()
    return results


def _back_s(scenario: Scenario, wall: Wall, began: float) -> float | None:
    if not scenario.flaps:
        return None
    answered = [one.at for one in wall.attempts(scenario.model) if one.status == 200 and one.stream]
    return min(answered) - began - wall.timing.down_s if answered else None


def _of_the_answer(scenario: Scenario, result: Result, timing: Timing) -> list[str]:
    found: list[str] = []
    limit_s = scenario.limit_s(timing)
    if result.hangs:
        found.append(f"hangs: {result.error}")
    if limit_s is not None and result.took_s > limit_s:
        found.append(f"took {result.took_s:.1f} s of {limit_s:g}")
    if scenario.error_wanted:
        return found if result.error else [*found, "answered by routing around the refusal"]
    if result.error:
        found.append(f"not rescued: {result.error}")
        if PREFILLED in result.error:
            found.append("the fallback's own complaint hides what broke")
    elif result.text != TEXT:
        found.append(f"a truncated or altered answer as success: {len(result.text.split())} words")
    if scenario.usage and not result.usage:
        found.append("no usage")
    if scenario.names_fallback and scenario.fallback not in result.model:
        found.append(f"the answer names {result.model}")
    return found


def _of_the_attempts(scenario: Scenario, reached: list[float]) -> list[str]:
    found: list[str] = []
    if len(reached) < scenario.least or (scenario.most is not None and len(reached) > scenario.most):
        found.append(f"{len(reached)} attempts at the primary")
    if scenario.gap_s and (len(reached) < 2 or reached[1] - reached[0] < scenario.gap_s):
        found.append("came back before the time that was asked for")
    if scenario.burst and reached:
        most, window_s = scenario.burst
        count = sum(1 for at in reached if at - reached[0] < window_s)
        found += [f"{count} attempts in {window_s:g} s"] if count > most else []
    return found
