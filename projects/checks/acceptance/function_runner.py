"""Runs a check of a library: its functions are called in the sandbox, what they give is judged outside."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from autodev.sandbox.types import SandboxBackend
from autodev.spec.checks import FunctionCall, FunctionCheck
from projects.checks.acceptance.compare import same
from projects.checks.acceptance.types import Ran, StepOutcome, judged, tail
from projects.checks.acceptance.workspaces import CALL_LIMITS, Environment

_DRIVER = Path(__file__).parent / "inside" / "function_driver.py"
_DRIVER_INSIDE = "/run/function_driver.py"


def run_functions(check: FunctionCheck, env: Environment, workspace: Path, backend: SandboxBackend) -> Ran:
    """All calls in one process of the product's interpreter, in order, up to the first wrong one."""
    # The product shares the driver's standard output; without the nonce it could write the answers itself.
    nonce = secrets.token_hex(16)
    calls = [call.model_dump(include={"target", "args", "kwargs"}, mode="json") for call in check.calls]
    spec = env.spec(workspace, ["python", _DRIVER_INSIDE], limits=CALL_LIMITS)
    result = backend.run(
        replace(
            spec,
            stdin=json.dumps({"nonce": nonce, "calls": calls}).encode(),
            files={**spec.files, _DRIVER_INSIDE: _DRIVER.read_bytes()},
        )
    )
    if not result.ran:
        return Ran(status="not_run", reason=result.reason, level=result.level)
    excerpt = tail(result.stdout.split(nonce)[0] + result.stderr)
    answers = _answers(result.stdout, nonce)
    if not result.ok or len(answers) != len(check.calls):
        return Ran(
            status="failed", reason=f"the calls gave no answer: {result.status}", excerpt=excerpt, level=result.level
        )
    steps: list[StepOutcome] = []
    for call, answer in zip(check.calls, answers, strict=True):
        steps.append(_outcome(call, answer))
        if not steps[-1].ok:
            break
    return judged(steps, excerpt=excerpt, level=result.level)


def _answers(stdout: str, nonce: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix(nonce) for line in stdout.splitlines() if line.startswith(nonce)]
    try:
        found = json.loads(lines[-1]) if lines else []
    except ValueError:
        return []
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else []


def _outcome(call: FunctionCall, answer: dict[str, Any]) -> StepOutcome:
    given = [*map(repr, call.args), *(f"{name}={value!r}" for name, value in call.kwargs.items())]
    said = f"{call.target}({', '.join(given)})"
    raised: list[str] = answer.get("raised") or []
    got = f"{raised[0]}: {answer.get('message', '')}" if raised else repr(answer.get("returned"))
    if call.raises is not None:
        return StepOutcome(ok=call.raises in raised, said=said, expected=call.raises, got=got)
    ok = not raised and "returned" in answer and same(answer["returned"], call.returns)
    return StepOutcome(ok=ok, said=said, expected=repr(call.returns), got=got)
