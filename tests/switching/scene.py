"""A build in the real engine whose one task goes from worker to worker: the real programs, the real gateway, and a
model of the lab that breaks for one of them in the middle of its work."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connections

from autodev.accounts.models import Workspace
from autodev.spec.schema import Requirement
from projects.checks.types import Rung
from projects.models import Build, Dependency, Step, Task
from projects.states import Phase, TaskState
from providers.config.settings import Settings
from providers.models import Call, Chain, Decision, Provider
from tests.developers import Action, Developer, conversation_of, good
from tests.live.processes import Child
from tests.pipeline.conftest import GOOD, SPEC, Pipeline
from tests.providers_lab import Lab
from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault, fault

MODEL = "a"
KINDS = {"claude": "claude_agent", "opencode": "opencode"}
WORKERS = ("agent", "claude", "opencode")
WISH = "It greets in Latin."
FIRST, SECOND = "probe/first.py", "probe/second.py"
ONE, TWO = 'WORD = "salve"\n', 'WORD = "vale"\n'
Broken = Callable[[], Fault | Answer]


def who(asked: Asked) -> str:
    """Which worker asks, by the tools that it offers; empty where it wants a title or the like."""
    tools = conversation_of(asked).tools
    names = {"finish": "agent", "Write": "claude", "write": "opencode"}
    return next((worker for tool, worker in names.items() if tool in tools), "")


class Scene:
    """`worker(name)` makes a provider row for a program; the chain of `extend` is what `chain` says."""

    def __init__(self, folder: Path, lab: Lab, rungs: Sequence[Rung]) -> None:
        self.lab = lab.upstream(MODEL)
        self.pipeline = Pipeline(folder)
        self.pipeline.made({"README.md": "# Product\n", "probe/__init__.py": GOOD}, rungs)
        self.build: Build = self.pipeline.build
        wish = Requirement(id="r1", sentence=WISH, text=WISH, understood=False)
        spec = SPEC.model_copy(update={"requirements": [wish]})
        Build.objects.filter(pk=self.build.pk).update(spec=spec.model_dump(mode="json"))
        Task.objects.filter(build=self.build, key="validate").update(state=TaskState.PENDING)
        self.task = self.pipeline.task("extend", Phase.IMPLEMENT, critical=False, needs=["implement"])
        Dependency.objects.create(task=Task.objects.get(build=self.build, key="validate"), needs=self.task)
        self.errors: list[str] = []
        self._model()

    @property
    def workspace(self) -> Workspace:
        return self.build.workspace

    def chain(self, *workers: str, **documents: dict[str, Any]) -> None:
        """Who is asked for `implement`, in this order; `agent` is our own, on the lab's model."""
        for name in workers:
            if name != "agent":
                Provider.objects.create(
                    workspace=self.workspace, name=name, kind=KINDS.get(name, name), model=MODEL,
                    document=documents.get(name, {}),
                )  # fmt: skip
        names = [MODEL if name == "agent" else name for name in workers]
        strategy = str(Settings().fallback_system.chain_strategy)
        Chain.objects.create(workspace=self.workspace, task_kind="implement", providers=names, strategy=strategy)

    def plays(self, plans: Mapping[str, Sequence[Action]], *, breaks: str = "", broken: Broken | None = None) -> None:
        """Each worker's model follows its plan. For `breaks` it is `broken` from its second step on."""
        developers = {name: Developer(good(plan, check=False)) for name, plan in plans.items()}
        plain = Developer(good([]))

        def answer(asked: Asked) -> Answer | Fault:
            worker = who(asked)
            if worker and worker == breaks and conversation_of(asked).steps >= 1 and broken is not None:
                return broken()
            return developers.get(worker, plain)(asked)

        self.lab.answer(answer)

    def run(self) -> Task:
        """The task's next attempt in this thread, as a slot of the engine makes it."""
        return self.pipeline.step("extend")

    def killed(self, when: Callable[[], object]) -> None:
        """The attempt in a process of its own, which is killed (SIGKILL) as soon as that holds."""
        with Child(lambda say: self.pipeline.step("extend")) as child:
            eventually(when)
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
        connections.close_all()
        # Its lease is over, and another one takes the task.
        Task.objects.filter(pk=self.task.pk).update(state=TaskState.READY, next_run_at=None)

    def worked(self, worker: str) -> bool:
        """Whether something of this worker's is kept: a snapshot, and its transcript."""
        kinds = ("entries", "tools") if worker == "agent" else ("entries",)
        there = Step.objects.filter(task=self.task, key__contains=f":{worker}:", kind__in=kinds).exists()
        return there and bool(Task.objects.values_list("head", flat=True).get(pk=self.task.pk))

    # what a test reads
    def steps(self, kind: str) -> list[dict[str, Any]]:
        rows = Step.objects.filter(task=self.task, kind=kind).order_by("created_at", "pk")
        return [dict(row.output or {}) for row in rows]

    def transcript(self, worker: str) -> list[str]:
        """The kinds of its steps, as far as a transcript is made from them."""
        rows = Step.objects.filter(task=self.task, key__contains=f":{worker}:").order_by("created_at", "pk")
        return [row.kind for row in rows if row.kind in ("turn", "tools", "entries")]

    def files(self) -> dict[str, str]:
        head = Task.objects.values_list("head", flat=True).get(pk=self.task.pk)
        paths = self.pipeline.repository.files(head)
        return {path: self.pipeline.repository.read(head, path).decode() for path in paths}

    def asked(self, worker: str) -> list[str]:
        """The requests of a worker, as text."""
        found = [one for one in list(self.lab.requests) if one.wire]
        return [json.dumps(one.body) for one in found if worker == who(_asked(one))]

    def calls(self, **wanted: Any) -> list[Call]:
        return list(Call.objects.filter(task_id=self.task.pk, **wanted).order_by("started_at", "pk"))

    def decisions(self) -> list[Decision]:
        rows = Decision.objects.filter(task_id=self.task.pk, task_kind="implement-work")
        return list(rows.order_by("created_at", "pk"))

    def _model(self) -> None:
        deadlines = {"first_token_s": 30.0, "stall_s": 10.0, "total_s": 60.0, "connect_s": 3.0}
        document = {
            "deadlines": deadlines, "price": {"input_usd": 1, "output_usd": 2},
            "capabilities": ["streaming", "tools"], "context_window": 200_000,
        }  # fmt: skip
        Provider.objects.create(
            workspace=self.workspace, name=MODEL, kind="litellm", model="openai/lab-model",
            api_base=self.lab.openai_url, keys=["env:OPENAI_API_KEY"], document=document,
        )  # fmt: skip


def _asked(seen: Any) -> Asked:
    return Asked(wire=seen.wire, path=seen.path, model="", stream=False, key="", headers={}, body=seen.body)


def refused() -> Fault:
    """What no program tries again."""
    return fault("bad_request")


def eventually(holds: Callable[[], object], within_s: float = 300.0) -> None:
    """Waits for what another process does: a program takes long to start where the machine is busy."""
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it did not come about")
        time.sleep(0.1)


class Silent:
    """Says nothing to whoever asks; `reached` when somebody did."""

    def __init__(self) -> None:
        self.reached = threading.Event()

    def __call__(self) -> Fault:
        self.reached.set()
        return fault("hang")
