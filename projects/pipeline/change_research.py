"""Phase 2 of a change: the stack is the one that is there. Versions are resolved anew only where the change needs other
packages."""

from __future__ import annotations

from typing import Any

from autodev.blueprints import registry
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, Waits
from projects.models import Task
from projects.pipeline.imported_ladder import proves
from projects.pipeline.requirements import requirements_of
from projects.pipeline.resolving import resolved
from projects.pipeline.stacks import PROVES, is_imported, manifest_of
from projects.research.errors import RegistryUnreachable
from projects.research.options import ResearchOptions


def run(ctx: TaskContext) -> Outcome:
    """Gives the stack, as the research of a first build does."""
    began = Task.objects.get(build_id=ctx.task.build_id, key="understand")
    stack: dict[str, Any] = dict(began.params["stack"])
    ctx.progress(20, "Looking at the stack that is there")
    if is_imported(stack):
        stack[PROVES] = proves(Spec.model_validate(began.params["spec"]), Spec.model_validate(ctx.build.spec))
    else:
        try:
            stack |= _more_packages(ctx, stack, Spec.model_validate(began.params["spec"]))
        except RegistryUnreachable as error:  # an outage passes; it is no failure of the work
            return Waits(
                reason=f"The package registry does not answer: {str(error).splitlines()[0]}", on="the registry"
            )
    used = {"python": manifest_of(stack).python, **stack.get("pins", {})}
    return Succeeded(result=stack, build_updates={"tech_stack": used}, merge=False)


def _more_packages(ctx: TaskContext, stack: dict[str, Any], before: Spec) -> dict[str, Any]:
    """What is resolved anew, or nothing where the packages stay the same."""
    blueprint = registry.get(str(stack["blueprint"]))
    wanted = requirements_of(blueprint, Spec.model_validate(ctx.build.spec))
    if set(wanted) == set(requirements_of(blueprint, before)):
        return {}
    options = ResearchOptions(**ctx.build.options.get("research", {}))
    found: dict[str, Any] = ctx.journal.once(
        "resolve",
        lambda: resolved(ctx, wanted, python=blueprint.manifest.python, options=options),
        title="Resolved versions",
    )
    return found
