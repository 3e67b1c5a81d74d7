"""A system under test in a process of its own, and what is said to it: one JSON a line in, one out."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bench.router.lab import TEXT

Call = Callable[[], Awaitable[str]]
Json = dict[str, Any]


class System:
    """`ask` waits for the answer; with several, `tell` all of them first and then `hear` each."""

    def __init__(self, module: str, data: Path) -> None:
        environment = {**os.environ, "AUTODEV_DATA": str(data), "OPENAI_API_KEY": "sk-bench", "LOG_LEVEL": "ERROR"}
        environment.pop("DATABASE_URL", None)
        self._log = (data / f"{module}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment,
        )

    def ask(self, do: str, **wish: Any) -> Json:
        self.tell(do, **wish)
        return self.hear()

    def tell(self, do: str, **wish: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **wish}) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Json:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise RuntimeError(f"it ended; {self._log.name} says why")

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(30)
        self._log.close()


def serve(commands: dict[str, Callable[..., Awaitable[Json]]]) -> None:
    """The loop of such a process."""

    async def loop() -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            wish = json.loads(line)
            print(json.dumps(await commands[wish.pop("do")](**wish)), flush=True)

    asyncio.run(loop())


async def burst(call: Call, *, requests: int, at_a_time: int) -> Json:
    """So many calls, so many at once: how each ended and how long it took. `later_ms` are those after the first wave;
    `silent` are answers that are not the whole text and yet came as one."""
    gate, order = asyncio.Semaphore(at_a_time), iter(range(requests))
    taken: list[tuple[int, float, str]] = []

    async def one() -> None:
        async with gate:
            number, begun = next(order), time.perf_counter()
            try:
                text = await call()
                ended = "ok" if text == TEXT else "silent"
            except Exception as error:  # noqa: BLE001 - a system that gives up is what is measured
                ended = type(error).__name__
            taken.append((number, 1000 * (time.perf_counter() - begun), ended))

    await asyncio.gather(*(one() for _ in range(requests)))
    good = [ms for _, ms, ended in taken if ended == "ok"]
    return {
        "requests": requests,
        "ok": len(good),
        "silent": sum(ended == "silent" for _, _, ended in taken),
        "errors": sorted({ended for _, _, ended in taken} - {"ok", "silent"}),
        "p50_ms": middle(good),
        "later_ms": middle([ms for number, ms, ended in taken if ended == "ok" and number >= at_a_time]),
        "max_ms": max(good, default=0.0),
    }


def middle(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0
