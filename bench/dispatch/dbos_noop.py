"""DBOS: a queue with `slots` workers and a workflow that does nothing. The workflows are queued before the launch."""

from __future__ import annotations

import argparse
import logging
import tempfile

from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.dispatch.measure import Figure, Meter


def run(*, slots: int, items: int, url: str | None) -> Figure:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        database = url or f"sqlite:///{folder}/dbos.sqlite"
        config: DBOSConfig = {"name": "bench", "system_database_url": database}
        DBOS(config=config)

        @DBOS.workflow()
        def noop(number: int) -> int:
            return number

        DBOS.launch()
        queue = DBOS.register_queue("bench", worker_concurrency=slots, polling_interval_sec=0.05)
        meter = Meter()
        handles = []
        for number in range(items):
            with SetWorkflowID(f"bench-{number}"):
                handles.append(queue.enqueue(noop, number))
        for handle in handles:
            handle.get_result()
        wall, cpu = meter.read()
        DBOS.destroy()
    return Figure("dbos", "postgresql" if url else "sqlite", slots, items, wall, cpu)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slots", type=int, required=True)
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--url", default=None)
    arguments = parser.parse_args()
    run(slots=arguments.slots, items=arguments.items, url=arguments.url).print()
