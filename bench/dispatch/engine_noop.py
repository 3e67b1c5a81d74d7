"""Our engine: `slots` threads and a handler that does nothing, in builds of 50 tasks. The tasks are queued before the
engine starts. Unlike its peers it writes an attempt and two events a task and keeps its build's state and progress."""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import threading
import time
from pathlib import Path

LOOK_EVERY_S = 0.01
TIMEOUT_S = 300
TASKS_A_BUILD = 50
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def run(*, slots: int, items: int, url: str | None) -> None:
    """Prints the figure. `queries` counts the statements of the slots, those that found nothing included."""
    from django.core.management import call_command  # noqa: PLC0415 - the environment comes first
    from django.db import connections  # noqa: PLC0415
    from django.db.backends.signals import connection_created  # noqa: PLC0415

    from autodev.accounts.models import Workspace  # noqa: PLC0415
    from autodev.lib.rows import SEPARATOR  # noqa: PLC0415
    from bench.dispatch.measure import Figure, Meter  # noqa: PLC0415
    from projects.engine.handlers import register_handler  # noqa: PLC0415
    from projects.engine.outcome import Outcome, Succeeded  # noqa: PLC0415
    from projects.engine.worker import Engine  # noqa: PLC0415
    from projects.models import Build, Project, Task  # noqa: PLC0415
    from projects.states import BuildState, Phase, TaskState  # noqa: PLC0415

    counted, left, last = [0], itertools.count(items - 1, -1), threading.Event()

    def count(execute: object, sql: str, params: object, many: object, context: object) -> object:
        counted[0] += sum(one.lstrip().startswith(STATEMENTS) for one in sql.split(SEPARATOR))
        return execute(sql, params, many, context)  # type: ignore[operator]  # Django's own callable

    def wrap(connection: object, **_: object) -> None:
        if threading.current_thread().name.startswith("slot-"):
            connection.execute_wrappers.append(count)  # type: ignore[attr-defined]  # a DatabaseWrapper

    def noop(_ctx: object) -> Outcome:
        if next(left) == 0:
            last.set()
        return Succeeded(merge=False)

    call_command("migrate", verbosity=0, interactive=False)
    workspace = Workspace.objects.create(name="Bench", slug="bench")
    project = Project.objects.create(workspace=workspace, name="Bench", slug="bench")
    builds = [
        Build(project=project, workspace=workspace, number=n, idea="bench", state=BuildState.RUNNING)
        for n in range(-(-items // TASKS_A_BUILD))
    ]
    Build.objects.bulk_create(builds)
    ready = {"kind": "bench_noop", "phase": Phase.IMPLEMENT, "title": "No-op", "state": TaskState.READY}
    Task.objects.bulk_create(Task(build=builds[n // TASKS_A_BUILD], key=f"noop-{n}", **ready) for n in range(items))
    register_handler("bench_noop", noop)
    connections.close_all()
    connection_created.connect(wrap)
    engine = Engine(slots=slots)
    meter = Meter()
    engine.start()
    last.wait(timeout=TIMEOUT_S)
    while Task.objects.exclude(state=TaskState.SUCCEEDED).exists():
        time.sleep(LOOK_EVERY_S)
    wall, cpu = meter.read()
    engine.stop()
    Figure("autodev", "postgresql" if url else "sqlite", slots, items, wall, cpu, counted[0] / items).print()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--url", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AUTODEV_DATA"] = folder
        os.environ["DATABASE_URL"] = arguments.url or f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ["AUTODEV_SLOTS"] = str(arguments.slots)
        os.environ["DJANGO_SETTINGS_MODULE"] = "autodev.settings"
        import django

        django.setup()
        run(slots=arguments.slots, items=arguments.items, url=arguments.url)
