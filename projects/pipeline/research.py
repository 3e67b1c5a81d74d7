"""Phase 2: the stack is chosen, with reasons, and pinned to versions that exist today."""

from __future__ import annotations

from typing import Any

from autodev.blueprints.blueprint import Blueprint
from autodev.spec.schema import Spec
from projects import review
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, Outcome, Succeeded, Waits, WorkFailed
from projects.pipeline.chosen import with_model
from projects.pipeline.guided import guidance
from projects.pipeline.requirements import requirements_of
from projects.pipeline.stack import WITHOUT, choose_stack, made_with
from projects.pipeline.technologies import look_up
from projects.research.errors import RegistryUnreachable, ResearchError, ResolverMissing
from projects.research.options import ResearchOptions
from projects.research.resolution import Resolution
from projects.research.resolver import lower_bound, resolve


def run(ctx: TaskContext) -> Outcome:
    """Chooses the blueprint and resolves its requirements. A stack that no blueprint serves ends the build with the
    honest word; the user's constraints are never bent to fit. Where several serve it, a model is heard. A blueprint
    that failed in this build is left out where recovery goes another way."""
    said = Spec.model_validate(ctx.build.spec)
    stack_options = _options(ctx)
    ctx.progress(10, "Choosing the stack")
    without = list(guidance(ctx).approach.get(WITHOUT, ()))
    selection = choose_stack(said, stack_options, without=without)
    blueprint = selection.blueprint
    if blueprint is None and without:
        raise WorkFailed(f"No other blueprint serves it. {selection.reason}", kind="no_alternative")
    if blueprint is None:
        raise InvalidInput(selection.reason, code="stack_not_available")
    chosen = with_model(ctx, said, selection, blueprint, options=stack_options, without=without)
    blueprint = chosen.blueprint
    spec = made_with(said, blueprint, stack_options)
    ctx.progress(30, "Resolving today's versions")
    options = ResearchOptions(**ctx.build.options.get("research", {}))
    other = f":{blueprint.name}" if without else ""
    try:
        resolution = ctx.journal.once(
            f"resolve{other}", lambda: _resolve(blueprint, spec, options, ctx), title="Resolved versions"
        )
    except RegistryUnreachable as error:  # an outage passes; it is no failure of the work
        return Waits(reason=f"The package registry does not answer: {str(error).splitlines()[0]}", on="the registry")
    ctx.progress(90, f"Pinned {len(resolution['packages'])} packages")
    known = ctx.journal.once(
        f"technologies{other}", lambda: _known(blueprint, resolution, options), title="Looked them up"
    )
    return Succeeded(
        result={
            "blueprint": blueprint.name,
            "reason": chosen.reason,
            "chosen_by": chosen.by,
            "reasons": list(chosen.reasons),
            "alternatives": [
                *(list(pair) for pair in chosen.alternatives),
                *([name, "failed in this build"] for name in without),
            ],
            **resolution,
            "technologies": known["facts"],
            "warnings": [*resolution["warnings"], *known["warnings"]],
        },
        build_updates={
            **({} if spec is said else {"spec": spec.model_dump(mode="json")}),
            "tech_stack": {"python": blueprint.manifest.python, **resolution["pins"]},
            "warnings": [*resolution["warnings"], *known["warnings"]],
        },
        merge=False,
    )


def _options(ctx: TaskContext) -> dict[str, Any]:
    """The build's; a Spec that a person changed or approved leaves nothing open."""
    seen = bool(ctx.build.options.get(review.OPTION)) or ctx.build.spec_revisions.exists()
    return {**ctx.build.options, review.OPTION: seen}


def _known(blueprint: Blueprint, resolution: dict[str, Any], options: ResearchOptions) -> dict[str, Any]:
    found = look_up(
        resolution["pins"], python=lower_bound(blueprint.manifest.python), options=options,
        released=resolution["released"],
    )  # fmt: skip
    return {"facts": found.facts, "warnings": found.warnings}


def _resolve(blueprint: Blueprint, spec: Spec, options: ResearchOptions, ctx: TaskContext) -> dict[str, Any]:
    """Raises RegistryUnreachable for an outage that nothing stands in for."""
    try:
        found: Resolution = resolve(
            requirements_of(blueprint, spec), python=blueprint.manifest.python, options=options,
            cancel=ctx.cancel,
        )  # fmt: skip
    except ResearchError as error:
        if isinstance(error, RegistryUnreachable) and not isinstance(error, ResolverMissing):
            raise
        raise WorkFailed(str(error), kind="tool", fingerprint=f"research:{type(error).__name__}") from error
    return {
        "pins": dict(found.pins),
        "packages": dict(found.packages),
        "lock": found.lock,
        "source": found.source,
        "resolved_at": found.resolved_at.isoformat(),
        "released": {name: moment.date().isoformat() for name, moment in found.released.items()},
        "warnings": list(found.warnings),
    }
