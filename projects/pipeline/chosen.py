"""A model's word on the choice of the blueprint: it may name another one that the constraints allow, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from autodev.blueprints.blueprint import Blueprint
from autodev.blueprints.selection import Selection
from autodev.contracts.answers import Selection as Answer
from autodev.contracts.contexts import Candidate, SelectContext
from autodev.contracts.job import JobKind
from autodev.spec.rules.kinds import NAMES
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.pipeline.advice import WHY, advice
from projects.pipeline.stack import fitting
from providers.available import models_there


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """`by` is the provider that named it, empty where the rules did; `reasons` are a model's."""

    blueprint: Blueprint
    reason: str
    alternatives: list[tuple[str, str]]
    by: str = ""
    reasons: tuple[str, ...] = ()


def with_model(
    ctx: TaskContext,
    spec: Spec,
    rules: Selection,
    blueprint: Blueprint,
    *,
    options: Mapping[str, Any],
    without: Collection[str],
) -> Chosen:
    """The rules' choice, `blueprint`, unless a model names another candidate. A model that is away, or names what is no
    candidate, changes nothing. Nobody is asked where there is only one."""
    chosen = Chosen(blueprint=blueprint, reason=rules.reason, alternatives=list(rules.alternatives))
    candidates = fitting(spec, options, without=without)
    if len(candidates) < 2 or not models_there(ctx.build.workspace_id):
        return chosen
    context = SelectContext(
        spec=spec,
        candidates=[
            Candidate(
                name=one.name, title=one.manifest.title, summary=one.manifest.summary,
                makes=tuple(NAMES[kind] for kind in one.manifest.project_types if kind in NAMES),
                chosen=one.name == blueprint.name,
            )
            for one in candidates
        ],
    )  # fmt: skip
    key = f"select:{','.join(sorted(without))}" if without else ""
    answer = advice(ctx, kind=JobKind.SELECT, brief=spec.summary or spec.idea, context=context, key=key)
    return chosen if WHY in answer else _named(chosen, candidates, answer)


def _named(chosen: Chosen, candidates: Collection[Blueprint], answer: dict[str, object]) -> Chosen:
    try:
        said = Answer.model_validate(answer["answer"])
    except ValidationError:
        return chosen
    named = next((one for one in candidates if one.name == said.blueprint), None)
    if named is None:
        return chosen
    by, reasons = str(answer["provider"]), tuple(said.reasons)
    if named.name == chosen.blueprint.name:
        return Chosen(blueprint=named, reason=chosen.reason, alternatives=chosen.alternatives, by=by, reasons=reasons)
    rest = [pair for pair in chosen.alternatives if pair[0] != named.name]
    return Chosen(
        blueprint=named, reason=f"{by} chose it: {' '.join(reasons)}"[:2000], by=by, reasons=reasons,
        alternatives=[(chosen.blueprint.name, f"the rules' choice ({chosen.reason})"), *rest],
    )  # fmt: skip
