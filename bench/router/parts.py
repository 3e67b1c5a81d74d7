"""The parts of the run, each with the figures that it gives."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.router.lab import LabProcess
from bench.router.paired import interval
from bench.router.system import System, middle

AT_A_TIME = 10
FAULTS = (
    "401", "402", "404", "context", "413", "429; retry_after_s=2", "429; retry_after_s=2; form=ms",
    "429; retry_after_s=2; form=date", "429", "500", "503", "529", "hang", "refused", "reset", "malformed",
    "empty_choices", "error_event", "stream_reset", "stream_error", "stream_hang", "stream_close",
)  # fmt: skip
FORMS = ("usual", "tuned", "pooled")
LAST = "Router, pooled"
HEALTHY = "none"


def overhead(ours: System, peer: System, lab: LabProcess, *, pairs: int) -> dict[str, Any]:
    """What each costs more than what it stands on, pair by pair in its own process."""
    url, found, choosing = lab.upstream("healthy"), [], 0.0
    for at_a_time, number in ((1, pairs), (50, max(10, pairs // 5))):
        for system in (ours, peer):
            figures = system.ask("overhead", url=url, pairs=number, at_a_time=at_a_time)
            found += figures["rows"]
            choosing = figures.get("choose_us", choosing)
    return {"rows": found, "choose_us": choosing}


def faults(ours: System, peer: System, lab: LabProcess, *, requests: int, pairs: int) -> Iterator[dict[str, Any]]:
    """Each fault for each system, at upstreams of its own. For ours `pairs` times, each just after one without a fault,
    which is what is healthy then; for the peers once."""
    of_peers = {form: _healthy_ms(ours, peer, lab, form, requests) for form in FORMS}
    for fault in ("", *FAULTS):
        for system in ("ours", *FORMS):
            count = max(20, requests // 3) if system == "usual" and fault else requests
            rounds = [
                _broken(ours, peer, lab, system, fault, count, of_peers)
                for _ in range(pairs if system == "ours" else 1)
            ]
            ratios = [one["x_healthy"] for one in rounds]
            worst = max(rounds, key=lambda one: (one["requests"] - one["ok"], one["silent"], one["dead"]))
            name = system if system == "ours" else f"Router, {system}"
            yield {
                **worst, "fault": fault or HEALTHY, "system": name, "x_healthy": middle(ratios), "ratios": ratios,
                "x_interval": interval(ratios),
            }  # fmt: skip


def _broken(
    ours: System, peer: System, lab: LabProcess, system: str, fault: str, requests: int, of_peers: dict[str, float]
) -> dict[str, Any]:
    healthy_ms = of_peers.get(system) or _healthy_ms(ours, peer, lab, system, requests)
    dead, well = _pair(lab, fault)
    if system == "ours":
        workspace = ours.ask("workspace", urls=[dead[1], well])["workspace"]
        figures = ours.ask("fault", workspace=workspace, requests=requests, at_a_time=AT_A_TIME)
    else:
        figures = peer.ask("fault", form=system, dead=dead[1], well=well, requests=requests, at_a_time=AT_A_TIME)
    reached = lab.calls(dead[0]) if fault else 0
    return {**figures, "dead": reached, "x_healthy": figures["later_ms"] / healthy_ms}


def _healthy_ms(ours: System, peer: System, lab: LabProcess, system: str, requests: int) -> float:
    first, well = _pair(lab, "")
    if system == "ours":
        workspace = ours.ask("workspace", urls=[first[1], well])["workspace"]
        figures = ours.ask("fault", workspace=workspace, requests=requests, at_a_time=AT_A_TIME)
    else:
        figures = peer.ask("fault", form=system, dead=first[1], well=well, requests=requests, at_a_time=AT_A_TIME)
    return float(figures["later_ms"])


def processes(ours: System, data: Path, lab: LabProcess) -> dict[str, Any]:
    """One process and four, with the same number of calls at a time; how long until all know."""
    found: dict[str, Any] = {}
    others = [System("bench.router.ours", data) for _ in range(3)]
    try:
        for one in others:
            one.ask("warm", url=lab.upstream("warm"))
        for fault in ("500", "hang", "malformed", "context"):
            dead, well = _pair(lab, fault)
            workspace = ours.ask("workspace", urls=[dead[1], well])["workspace"]
            ours.ask("fault", workspace=workspace, requests=100, at_a_time=AT_A_TIME)
            alone = lab.calls(dead[0])
            dead, well = _pair(lab, fault)
            workspace = ours.ask("workspace", urls=[dead[1], well])["workspace"]
            for system, share in zip((ours, *others), (3, 3, 2, 2), strict=True):
                system.tell("fault", workspace=workspace, requests=10 * share, at_a_time=share)
            answered = sum(system.hear()["ok"] for system in (ours, *others))
            together = lab.calls(dead[0])
            found[f"{fault}: dead calls of one process"] = alone
            found[f"{fault}: of four"] = together
            found[f"{fault}: four by one"] = together / max(1, alone)
            found[f"{fault}: answered of 100"] = answered
        found["noticed by all after s"] = _noticed(ours, others, lab)
    finally:
        for one in others:
            one.close()
    return found


def _noticed(ours: System, others: list[System], lab: LabProcess) -> float | None:
    """One process meets the fault, the others only look."""
    dead, well = _pair(lab, "401")
    workspace = ours.ask("workspace", urls=[dead[1], well])["workspace"]
    for one in others:
        one.tell("watch", workspace=workspace, until_s=10.0)
    time.sleep(1.5)
    begun = time.time()
    ours.ask("fault", workspace=workspace, requests=1, at_a_time=1)
    known = [one.hear()["known_at"] for one in others]
    return None if None in known else max(known) - begun


def restoration(ours: System, lab: LabProcess) -> dict[str, Any]:
    """Out for twelve seconds, then well: when the primary answers again, and what reached it meanwhile."""
    dead, well = _pair(lab, "503")
    workspace = ours.ask("workspace", urls=[dead[1], well])["workspace"]
    ours.tell("steady", workspace=workspace, seconds=40.0, every_s=0.25)
    time.sleep(12)
    lab.heal(dead[0])
    healed, reached = time.time(), lab.calls(dead[0])
    said = ours.hear()["said"]
    back = [at - healed for at, provider, _ in said if provider == "a" and at >= healed]
    return {
        "requests": len(said),
        "dead calls in 12 s, probes included": reached,
        "primary answers again after s": back[0] if back else None,
        "p50 ms while it was out": middle([ms for at, _, ms in said if at < healed]),
        "p50 ms afterwards": middle([ms for at, _, ms in said if at >= healed]),
    }


_count = iter(range(1_000_000))


def _pair(lab: LabProcess, fault: str) -> tuple[tuple[str, str], str]:
    """Name and address of an upstream with this fault, and the address of one that is well."""
    number = next(_count)
    name = f"first-{number}"
    return (name, lab.upstream(name, fault=fault)), lab.upstream(f"second-{number}")
