"""Jobs done without a model: an idea is read by rules, a Spec is rendered by a blueprint."""

from __future__ import annotations

from collections.abc import Mapping

from autodev.blueprints import registry
from autodev.contracts.contexts import AnalyseContext, ImplementContext
from autodev.contracts.job import ChangeSummary, Job, JobKind, JobResult
from autodev.contracts.ports import Cancelled, Ports
from autodev.spec.rules import analyse
from providers.kinds.base import NotForThisJob
from providers.kinds.blueprint.parts import parts

NAME = "blueprint"


class BlueprintKind:
    """Does `analyse` and `implement`. Deterministic: the same job gives the same bytes."""

    name = NAME
    emergency = True

    def can(self, kind: JobKind) -> bool:
        return kind in {JobKind.ANALYSE, JobKind.IMPLEMENT}

    async def perform(self, job: Job) -> JobResult:
        """Raises NotForThisJob for a job of another kind, and what the analyser raises (Refused, Unclear)."""
        context = job.context
        if isinstance(context, AnalyseContext):
            spec = analyse(context.description, constraints=context.constraints, preferences=context.preferences)
            open_words = tuple(r.sentence for r in spec.requirements if not r.understood)
            return JobResult(answer=spec, provider=NAME, emergency=True, left_open=open_words)
        if isinstance(context, ImplementContext):
            return await _implement(context, job.ports)
        raise NotForThisJob(f"the blueprint engine changes nothing that is there ({job.kind})")


async def _implement(context: ImplementContext, ports: Ports) -> JobResult:
    """Renders part by part, a snapshot after each, so that the history reads and every part is a checkpoint."""
    blueprint = registry.get(context.blueprint)
    files = blueprint.render(context.spec, pins=context.pins, lock=context.lock)
    if not context.options.get("documentation", True):
        files = {path: text for path, text in files.items() if not path.startswith("docs/")}
    for part in parts(files, source=blueprint.manifest.source, tests=blueprint.manifest.tests):
        if ports.cancel.is_set():
            raise Cancelled
        _write(part.files, ports)
        ports.emit(part.title, fields={"files": len(part.files)})
        await ports.workspace.snapshot(part.title)
    left_open = tuple(r.sentence for r in context.spec.requirements if not r.understood)
    summary = ChangeSummary(title=f"Made from the blueprint {context.blueprint}", paths=tuple(sorted(files)))
    return JobResult(answer=summary, provider=NAME, emergency=True, left_open=left_open)


def _write(files: Mapping[str, str], ports: Ports) -> None:
    for path, text in files.items():
        ports.workspace.write(path, text.encode())
