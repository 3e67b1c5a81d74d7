"""`python -m tests.gateway.failover recipe | run`: the sixteen faults against a gateway from outside.

`recipe` prints the models.yaml for it, `run` is the wall, calls the gateway and prints what was seen.
"""

from __future__ import annotations

import argparse
import asyncio
import os

import httpx

from tests.gateway.failover.recipe import FAST, recipe
from tests.gateway.failover.running import Outcome, play
from tests.gateway.failover.scenarios import FULL, SCENARIOS, Scenario
from tests.gateway.failover.wall import Wall
from tests.providers_lab import Lab

PORT = 8401


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.gateway.failover", description=__doc__)
    parser.add_argument("--wall-port", type=int, default=PORT)
    commands = parser.add_subparsers(dest="command", required=True)
    printed = commands.add_parser("recipe", help="print models.yaml, for `autodev models import --workspace NAME -`")
    printed.add_argument("--fast", action="store_true", help="for the public harness's fast profile")
    run = commands.add_parser("run", help="the full profile, about three minutes; the key stands in AUTODEV_KEY")
    run.add_argument("--gateway", default="http://127.0.0.1:8001")
    run.add_argument("--only", nargs="*", default=[], metavar="S01")
    run.add_argument("--rounds", type=int, default=1, help="so often, one after the other")
    chosen = parser.parse_args()
    if chosen.command == "recipe":
        settings = FAST if chosen.fast else None
        print(recipe(f"http://127.0.0.1:{chosen.wall_port}/v1", settings=settings), end="")  # noqa: T201 - what the command is for
        return 0
    with Lab() as lab:
        wall = Wall(lab.upstream("wall", port=chosen.wall_port), FULL)
        asked = [one for one in SCENARIOS if not chosen.only or one.id in chosen.only] * chosen.rounds
        passed = asyncio.run(_all(chosen.gateway, os.environ["AUTODEV_KEY"], wall, asked))
    return 0 if passed else 1


async def _all(gateway: str, key: str, wall: Wall, asked: list[Scenario]) -> bool:
    headers, passed = {"Authorization": f"Bearer {key}"}, True
    async with httpx.AsyncClient(base_url=gateway, headers=headers, timeout=600.0) as client:
        for scenario in asked:
            outcome = await play(scenario, client, wall)
            passed = passed and not outcome.faults
            print(_line(outcome), flush=True)  # noqa: T201 - what the command is for
    return passed


def _line(outcome: Outcome) -> str:
    one, (primary, fallback) = outcome.scenario, outcome.attempts
    said = "; ".join(outcome.faults) or "pass"
    back = f", back after {outcome.back_s:.1f} s" if outcome.back_s is not None else ""
    cells = (one.id, one.notes, said, f"{outcome.took_s:.1f} s", primary, fallback, outcome.ended[:100] + back)
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    raise SystemExit(main())
