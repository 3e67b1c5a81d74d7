"""The handlers of a chaos run: every kind of task leaves an effect by its journal before its work, and an idea can ask
for work of the harness's own: parts beside each other, a poison task, one that hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.chaos.effects import Effect, leave
from projects.engine.context import TaskContext
from projects.engine.handlers import forget_handler, handler_for, register_handler
from projects.engine.outcome import NewTask, Outcome, Succeeded
from projects.pipeline.handlers import KINDS
from projects.states import Phase

# The key of a build's preferences that asks for such work.
WISH = "chaos"
PARTS = ("left", "middle", "right")
STEPS = 3
# Long enough that faults hit a part at its work.
PAUSE_S = 0.5
EFFECT = "chaos:effect"
POISON = "poison"
Handler = Callable[[TaskContext], Outcome]


def install() -> None:
    """Wraps every handler of the pipeline and adds those of the harness."""
    for kind in KINDS:
        handler = handler_for(kind)
        if handler is not None:
            forget_handler(kind)
            register_handler(kind, Marked(handler))
    for kind, own in {"chaos_part": part, "chaos_poison": poison, "chaos_hang": hang, "chaos_end": end}.items():
        if handler_for(kind) is None:
            register_handler(kind, own)


class Marked:
    """A handler whose task leaves one effect, through its journal, before it works."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, ctx: TaskContext) -> Outcome:
        once(ctx, EFFECT)
        wish = ctx.build.preferences.get(WISH) if ctx.task.kind == "understand" else None
        return instead(wish) if wish else self._handler(ctx)


def once(ctx: TaskContext, key: str, answer: str = "") -> Any:
    """A step whose call has an effect outside."""
    effect = Effect(build=str(ctx.task.build_id), task=str(ctx.task.id), key=key, epoch=ctx.task.epoch)

    def call() -> Any:
        leave(effect)
        return answer

    return ctx.journal.once(key, call)


def instead(wish: str) -> Succeeded:
    """The tasks of the harness's own work in place of the pipeline's."""
    names = PARTS if wish == "parts" else (wish,)
    kind = "chaos_part" if wish == "parts" else f"chaos_{wish}"
    new = partial(NewTask, phase=Phase.IMPLEMENT)
    parts = [new(key=name, kind=kind, title=f"Make {name}", needs=["understand"]) for name in names]
    last = NewTask(key="deliver", kind="chaos_end", phase=Phase.DELIVER, title="Deliver", needs=names)
    return Succeeded(add_tasks=[*parts, last], build_updates={"spec": {"title": "Chaos"}}, merge=False)


def expected_files(wish: str) -> set[str]:
    """What the head of such a build must hold."""
    return {f"{name}-{number}.txt" for name in PARTS for number in range(STEPS)} if wish == "parts" else set()


def part(ctx: TaskContext) -> Outcome:
    """Steps with effects, files and snapshots; merged with its neighbours' work."""
    for number in range(STEPS):
        name = f"{ctx.task.key}-{number}"
        text = str(once(ctx, name, name))
        ctx.workspace.write(f"{name}.txt", text.encode())
        ctx.workspace.snapshot(f"Made {name}")
        ctx.output(f"{name}\n")
        ctx.cancel.wait(PAUSE_S)
        ctx.check_alive()
    return Succeeded(result={"files": STEPS})


def poison(ctx: TaskContext) -> Outcome:
    """Kills its worker each time."""
    leave(Effect(build=str(ctx.task.build_id), task=str(ctx.task.id), key=POISON, epoch=ctx.task.epoch))
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def hang(ctx: TaskContext) -> Outcome:
    """Sits still at its first attempt, deaf to everything, while the heartbeat goes on."""
    once(ctx, "hang")
    if ctx.task.attempt == 1:
        while ctx.task.epoch and not ctx.cancel_requested:
            time.sleep(0.5)
        ctx.check_alive()
    return Succeeded(merge=False)


def end(ctx: TaskContext) -> Outcome:
    once(ctx, EFFECT)
    return Succeeded(build_updates={"verdict": "succeeded"}, merge=False)
