"""What a proof left red, as problems for a repair, and how they fall into groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodev.contracts.contexts import Problem
from projects.pipeline.proof import Proof

ONLY = "only"
RED = "red"  # the step that measured what is to be repaired


def problems_of(proof: Proof) -> Sequence[Problem]:
    """The errors of the rungs, the rungs that failed without one, and the acceptance checks that failed."""
    found = [
        Problem(check=key, message=f.message, place=f.place, hint=f.hint)
        for key, f in proof.report.findings
        if f.severity == "error"
    ]
    told = {p.check for p in found}
    found += [
        Problem(check=rung.key, message=rung.reason or rung.excerpt[-1500:] or "not green")
        for rung in proof.report.rungs
        if rung.status == "failed" and rung.key not in told
    ]
    found += [
        Problem(check=key, message=f"{outcome.title}: {outcome.failure}")
        for key, outcome in proof.outcomes.items()
        if outcome.status == "failed"
    ]
    return found


def group_of(problem: Problem) -> str:
    """The file that the problem lies in, else the check that found it."""
    return problem.place.rsplit(":", 1)[0] if problem.place else problem.check


def asked_for(problem: Problem, params: Mapping[str, Any]) -> bool:
    """Whether the task is to repair it: all, or those of the groups in `only` where the work was decomposed."""
    only = params.get(ONLY)
    return only is None or group_of(problem) in only
