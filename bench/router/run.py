"""`python -m bench.router.run [--requests N] [--only faults,overhead,…]`: the routing beside litellm.Router.

One lab breaks for both, in one run; each system is a process of its own, and what is a ratio carries over to other
machines. docs/benchmarks.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.router import noise, parts
from bench.router.lab import LabProcess
from bench.router.system import System

PARTS = ("overhead", "faults", "processes", "restoration", "noise")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40, help="a fault and system; the usual Router gets a third")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of calls for what a call costs")
    parser.add_argument("--rounds", type=int, default=3, help="each fault for ours, beside a healthy one each")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, with commas")
    parser.add_argument("--json", type=Path, help="where the figures go")
    chosen = parser.parse_args()
    wanted = chosen.only.split(",")
    console, figures = Console(width=150), dict[str, Any]()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="autodev-bench-") as folder, LabProcess() as lab:
        data = Path(folder)
        ours, peer = System("bench.router.ours", data), System("bench.router.peer", data)
        try:
            ours.ask("migrate")
            ours.ask("warm", url=lab.upstream("warm"))
            if "overhead" in wanted:
                figures["overhead"] = parts.overhead(ours, peer, lab, pairs=chosen.pairs)
                console.print(_overhead_table(figures["overhead"]))
            if "faults" in wanted:
                figures["faults"] = list(parts.faults(ours, peer, lab, requests=chosen.requests, pairs=chosen.rounds))
                console.print(_fault_table(figures["faults"]))
            if "processes" in wanted:
                figures["processes"] = parts.processes(ours, data, lab)
                console.print(_facts("Four worker processes, ten calls at a time in all", figures["processes"]))
            if "restoration" in wanted:
                figures["restoration"] = parts.restoration(ours, lab)
                console.print(_facts("A primary that is out and heals", figures["restoration"]))
        finally:
            ours.close()
            peer.close()
    if "noise" in wanted:
        figures["noise"] = noise.trace(calls=10_000)
        console.print(_facts("A noisy trace without an outage", figures["noise"]))
    console.print(f"{time.monotonic() - begun:.0f} s")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))


def _overhead_table(figures: dict[str, Any]) -> Table:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    title = f"A call that goes well, pair by pair: milliseconds more, median (95 %); load {load}; "
    table = Table(title=f"{title}choosing {figures['choose_us']:.0f} µs")
    for column in ("at a time", "what", "beside", "pairs", "its CPU", "more CPU", "more wall", "more at p99"):
        table.add_column(column, justify="left" if column in {"what", "beside"} else "right")
    for row in figures["rows"]:
        table.add_row(
            str(row["at_a_time"]), row["what"], row["beside"], str(row["cpu"]["pairs"]), f"{row['floor_ms']:.2f}",
            _more(row["cpu"]), _more(row["wall"]), _more(row["p99"]),
        )  # fmt: skip
    return table


def _times(row: dict[str, Any]) -> str:
    low, high = row["x_interval"]
    return f"{row['x_healthy']:.2f} ({low:.2f} to {high:.2f})" if len(row["ratios"]) > 1 else f"{row['x_healthy']:.2f}"


def _more(found: dict[str, Any]) -> str:
    return f"{found['median']:+.2f} ({found['low']:+.2f} to {found['high']:+.2f})"


def _fault_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="The first provider is broken, the second is well; ten at a time")
    columns = ("fault", "system", "answered", "silent", "dead", "per 100", "p50 ms", "later", "x healthy", "slowest")
    for column in columns:
        table.add_column(column, justify="left" if column in {"fault", "system"} else "right")
    for row in rows:
        table.add_row(
            row["fault"], row["system"], f"{100 * row['ok'] / row['requests']:.0f} %", str(row["silent"]),
            str(row["dead"]), f"{100 * row['dead'] / row['requests']:.0f}", f"{row['p50_ms']:.0f}",
            f"{row['later_ms']:.0f}", _times(row), f"{row['max_ms']:.0f}",
            end_section=row["system"] == parts.LAST,
        )  # fmt: skip
    return table


def _facts(title: str, facts: dict[str, Any]) -> Table:
    table = Table(title=title, show_header=False)
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), f"{value:.2f}" if isinstance(value, float) else str(value))
    return table


if __name__ == "__main__":
    main()
