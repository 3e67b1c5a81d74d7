"""The product starts as its manifest says and answers: health, OpenAPI, a short load; a command shows its help."""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import dataclass
from http import HTTPStatus

from autodev.blueprints.manifest import Manifest, RunPlan
from autodev.sandbox import LIMITS
from autodev.sandbox.types import RunningSandbox
from projects.checks.context import INSIDE, CheckContext, NotRun, require_tool_exit
from projects.checks.serving import Connection, DidNotStart, fill, serving
from projects.checks.types import FindingData, RungResult

REQUESTS = 200
_OPENAPI = "/run/autodev/openapi.json"
_VALIDATOR = "/run/autodev/validate_openapi.py"


@dataclass(frozen=True)
class Smoke:
    """`load`: whether the health path is asked many times, too."""

    load: bool = True

    key = "smoke"
    title = "Smoke run"
    position = 80
    needs = ("parse", "install")
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.run is not None or manifest.cli is not None

    def run(self, ctx: CheckContext) -> RungResult:
        if ctx.manifest.run is not None:
            return self._server(ctx, ctx.manifest.run)
        return self._command(ctx, ctx.manifest.cli or [])

    def _server(self, ctx: CheckContext, plan: RunPlan) -> RungResult:
        findings: list[FindingData] = []
        metrics: dict[str, object] = {}
        document = b""
        with ctx.workspace() as workspace:
            try:
                begun = time.monotonic()
                with serving(ctx, plan, workspace) as server:
                    metrics["startup_ms"] = round((time.monotonic() - begun) * 1000)
                    document = _look(server, plan, findings, metrics, load=self.load)
                    said = "".join(server.output())
            except DidNotStart as error:
                finding = FindingData(rule="smoke.start", message=str(error), hint=_last_line(error.said))
                return ctx.answer(self.key, "failed", findings=[finding], said=error.said)
            if document:
                findings += _validate(ctx, document)
        metrics["peak_mem"] = max((r.peak_mem for r in ctx.runs), default=0)
        return ctx.answer(self.key, "failed" if findings else "passed", findings=findings, said=said, metrics=metrics)

    def _command(self, ctx: CheckContext, argv: list[str]) -> RungResult:
        with ctx.workspace() as workspace:
            (workspace / "data").mkdir()
            done = ctx.run([*map(fill, argv), "--help"], workspace=workspace, phase="test", project=True)
        findings = []
        if not done.ok or not done.stdout.strip():
            how = f"exit code {done.exit_code}" if done.status in ("ok", "nonzero") else done.status
            last = _last_line(done.stderr or done.stdout)
            message = f"`{' '.join(argv)} --help` ended with {how} and {'' if done.stdout.strip() else 'no '}output."
            findings.append(FindingData(rule="smoke.help", message=message, hint=last))
        return ctx.answer(
            self.key, "failed" if findings else "passed", findings=findings, metrics={"help_ms": done.wall_ms}
        )


def _look(
    server: RunningSandbox, plan: RunPlan, findings: list[FindingData], metrics: dict[str, object], *, load: bool
) -> bytes:
    """Asks for health, the OpenAPI document (which it gives) and a short load of health."""
    connection = Connection(server)
    try:
        status, body = connection.get(plan.health_path)
        if status != HTTPStatus.OK:
            message = f"GET {plan.health_path} answered {status}"
            findings.append(FindingData(rule="smoke.health", message=message, hint=body[:300].decode(errors="replace")))
            return b""
        document = b""
        if plan.openapi_path:
            status, document = connection.get(plan.openapi_path)
            if status != HTTPStatus.OK:
                message = f"GET {plan.openapi_path} answered {status}"
                findings.append(FindingData(rule="smoke.openapi", message=message))
                document = b""
        if load:
            metrics.update(_load(connection, plan.health_path, findings))
    except (OSError, http.client.HTTPException) as error:
        findings.append(FindingData(rule="smoke.connection", message=f"{type(error).__name__}: {error}"))
        return b""
    else:
        return document
    finally:
        connection.close()


def _load(connection: Connection, path: str, findings: list[FindingData]) -> dict[str, object]:
    """p50 and p95 of some requests one after the other, in milliseconds. A profile, not a bar."""
    taken: list[float] = []
    bad = 0
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        status, _body = connection.get(path)
        taken.append((time.perf_counter() - begun) * 1000)
        bad += status != HTTPStatus.OK
    if bad:
        findings.append(FindingData(rule="smoke.load", message=f"{bad} of {REQUESTS} requests to {path} failed"))
    cuts = statistics.quantiles(taken, n=20)
    rate = round(1000 * len(taken) / sum(taken))
    return {"requests": REQUESTS, "p50_ms": round(cuts[9], 2), "p95_ms": round(cuts[18], 2), "requests_per_s": rate}


def _validate(ctx: CheckContext, document: bytes) -> list[FindingData]:
    """Whether it is a valid OpenAPI document; the document is untrusted, so it is read in the sandbox."""
    if not any(ctx.tools_layer().path.glob("lib/python*/site-packages/openapi_spec_validator")):
        raise NotRun("openapi-spec-validator is not in the tools layer")
    with ctx.workspace() as fresh:
        done = ctx.run(
            [ctx.tool("python"), "-I", _VALIDATOR, _OPENAPI],
            workspace=fresh,
            files={_OPENAPI: document, _VALIDATOR: (INSIDE / "validate_openapi.py").read_bytes()},
            limits=LIMITS["lint"],
        )
    require_tool_exit(done)
    if done.ok:
        return []
    return [
        FindingData(rule="smoke.openapi", message=f"The OpenAPI document is not valid: {done.stdout.strip()[:500]}")
    ]


def _last_line(text: str) -> str:
    return next((line.strip()[:500] for line in reversed(text.splitlines()) if line.strip()), "")


RUNG = Smoke()
