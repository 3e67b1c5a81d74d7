"""Runs a check of screens: product and browser beside each other in one sandbox, whose only network is its loopback.

The browser is the machine's own Chromium; what drives it (Playwright) comes from a layer of its own. Where either is
missing nothing can be said, and the check is not run.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autodev.blueprints.manifest import RunPlan
from autodev.contracts.ports import Cancelled
from autodev.sandbox.browser import NO_BROWSER, browser_program
from autodev.sandbox.layers import SandboxInstallFailed
from autodev.sandbox.types import MIB, Limits, SandboxBackend, SandboxResult, SandboxSpec
from autodev.spec.checks import BrowserAction, BrowserCheck
from projects.checks.acceptance.placeholders import Placeholders
from projects.checks.acceptance.types import Ran, StepOutcome, judged, tail
from projects.checks.acceptance.workspaces import PORT, WORKSPACE_BYTES, Environment
from projects.checks.layers import layers_of

_DRIVER = Path(__file__).parent / "inside" / "browser_driver.py"
_DRIVER_INSIDE = "/run/browser_driver.py"
ACTION_S = 15.0  # a busy machine is slow
# Chromium and its driver take 450 MB and 125 threads beside the product.
LIMITS = Limits(
    wall_s=180, cpu_s=150, memory_bytes=1536 * MIB, pids=512, workspace_bytes=WORKSPACE_BYTES, tmp_bytes=256 * MIB
)


class NoBrowser(Exception):
    """No browser, or nothing to drive it with; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Driver:
    """`python` inside has Playwright; `program` is Chromium inside; `ro_layers` are both and the interpreter."""

    python: str
    program: str
    ro_layers: Mapping[Path, str]


def driver(backend: SandboxBackend, spec: SandboxSpec) -> Driver:
    """What drives the browser, built now where it is not there. Raises NoBrowser, Cancelled."""
    program = browser_program()
    if program is None:
        raise NoBrowser(NO_BROWSER)
    layers = layers_of(backend)
    try:
        tools = layers.browser_driver(cancel=spec.cancel, owner=spec.owner)
    except SandboxInstallFailed as error:
        raise NoBrowser(f"what drives the browser could not be installed: {error}") from error
    bound = {**layers.interpreter(), **tools.ro_layers, **program.ro_layers}
    return Driver(f"{tools.mount}/bin/python", program.program, bound)


def run_browser(check: BrowserCheck, plan: RunPlan, env: Environment, workspace: Path, backend: SandboxBackend) -> Ran:
    """All actions in one browser, in order, up to the first wrong one."""
    product = env.spec(workspace, plan.argv, limits=LIMITS)
    try:
        tools = driver(backend, product)
    except NoBrowser as error:
        return Ran(status="not_run", reason=str(error))
    except Cancelled:
        return Ran(status="not_run", reason="cancelled")
    names = Placeholders.at_start()
    actions = [action.model_copy(update={"value": names.text(action.value)}) for action in check.actions]
    # Without the nonce the product could write the answer itself.
    nonce = secrets.token_hex(16)
    asked = {
        "nonce": nonce,
        "argv": list(product.argv),
        "port": PORT,
        "health": plan.health_path,
        "startup_s": plan.patience_s,
        "action_s": ACTION_S,
        "program": tools.program,
        "actions": [action.model_dump(mode="json") for action in actions],
    }
    result = backend.run(
        replace(
            product,
            argv=[tools.python, "-I", _DRIVER_INSIDE],
            stdin=json.dumps(asked).encode(),
            files={**product.files, _DRIVER_INSIDE: _DRIVER.read_bytes()},
            ro_layers={**product.ro_layers, **tools.ro_layers},
        )
    )
    if not result.ran:
        return Ran(status="not_run", reason=result.reason, level=result.level)
    return _judged(actions, _answer(result, nonce), result)


def _answer(result: SandboxResult, nonce: str) -> dict[str, Any]:
    lines = [line.removeprefix(nonce) for line in result.stdout.splitlines() if line.startswith(nonce)]
    try:
        found = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _judged(actions: list[BrowserAction], told: dict[str, Any], result: SandboxResult) -> Ran:
    log = tail(result.stderr)
    if "no_browser" in told:
        return Ran(status="not_run", reason=str(told["no_browser"]), excerpt=log, level=result.level)
    if "not_started" in told:
        reason = f"the product could not be started: {told['not_started']}"
        return Ran(status="failed", reason=reason, excerpt=log, level=result.level)
    done = told.get("steps")
    if not isinstance(done, list) or not done:
        reason = f"the browser gave no answer: {result.status}"
        return Ran(status="failed", reason=reason, excerpt=log, level=result.level)
    steps = [
        StepOutcome(ok=one["ok"] is True, said=said(action), expected=str(one["expected"]), got=str(one["got"]))
        for action, one in zip(actions, done, strict=False)
    ]
    if len(steps) < len(actions) and all(step.ok for step in steps):
        reason = "the browser left actions undone"
        return Ran(status="failed", steps=tuple(steps), reason=reason, excerpt=log, level=result.level)
    return judged(steps, excerpt=log, level=result.level)


def said(action: BrowserAction) -> str:
    """The action in words."""
    what = " ".join(part for part in (action.do.replace("_", " "), action.target, action.value) if part)
    return f"{action.session}: {what}" + (f" ({action.note})" if action.note else "")
