"""The same script for each worker. Run by `bench.agent.run`, with the fixtures of the tests of switches."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.utils import CursorWrapper

from autodev.contracts.program import Program, RunningProgram
from projects.pipeline.programs import ProgramsOfTask
from tests.developers import Action, Edit, Write
from tests.switching.scene import WORKERS, Scene


def script(files: int) -> list[Action]:
    """Each file is written, read and edited: three steps."""
    found: list[Action] = []
    for number in range(files):
        path = f"probe/part{number}.py"
        found += [
            Write(path, f'"""Part {number}."""\n\nVALUE = {number}\n' + "# a line of a module\n" * 40),
            Edit(path, f"VALUE = {number}", f"VALUE = {number + 1}"),
        ]
    return found


class Statements:
    """Counts the SQL statements of all threads of this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("execute", "executemany"):
            monkeypatch.setattr(CursorWrapper, name, self._counted(getattr(CursorWrapper, name)))

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def execute(cursor: CursorWrapper, *args: Any, **more: Any) -> Any:
            self.count += 1
            return real(cursor, *args, **more)

        return execute


class Programs:
    """The agent programs that are started in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._started: list[RunningProgram] = []
        real = ProgramsOfTask.start

        async def start(ports: ProgramsOfTask, program: Program) -> RunningProgram:
            running = await real(ports, program)
            self._started.append(running)
            return running

        monkeypatch.setattr(ProgramsOfTask, "start", start)

    def cpu_ms(self) -> int:
        """What they used inside of the sandbox, as its control group counted it."""
        return sum(asyncio.run(one.stop()).cpu_ms for one in self._started)


def children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("worker", WORKERS)
def test_measure(scene: Scene, worker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = script(int(os.environ["AUTODEV_BENCH_AGENT_FILES"]))
    scene.chain(worker)
    scene.plays({worker: plan})
    lab_cpu = _lab_clock()
    own, others, lab, began = time.process_time(), children_s(), lab_cpu(), time.monotonic()
    statements, programs = Statements(monkeypatch), Programs(monkeypatch)
    scene.run()
    wall_s = time.monotonic() - began
    lab_s = lab_cpu() - lab
    own_s, others_s = time.process_time() - own - lab_s, children_s() - others
    asked = [one for one in scene.lab.requests if one.wire]
    calls = len(asked)
    written = [path for path in scene.files() if path.startswith("probe/part")]
    assert len(written) == len(plan) // 2, scene.steps("left")
    row = {
        "who": worker, "model calls": calls, "CPU here ms": 1000 * own_s / calls,
        "CPU of children ms": 1000 * others_s / calls,
        "CPU of the program ms": programs.cpu_ms() / calls, "statements": statements.count / calls,
        "kB sent": sum(len(one.raw) for one in asked) / calls / 1000, "wall ms": 1000 * wall_s / calls,
    }  # fmt: skip
    with Path(os.environ["AUTODEV_BENCH_AGENT"]).open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def _lab_clock() -> Callable[[], float]:
    """CPU seconds of the lab's thread, which plays the model in this process. Raises StopIteration without one."""
    thread = next(one for one in threading.enumerate() if one.name == "providers-lab")
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    return lambda: time.clock_gettime(clock)
