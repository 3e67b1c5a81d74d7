"""Phase 1 of a change: the old Spec and the sentence that changes it become the new Spec. Nothing that was there is
lost, unless the change says so."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import AnalyseContext
from autodev.contracts.job import JobKind
from autodev.spec.change import Reading, read_change, three_way
from autodev.spec.change.by_model import with_model
from autodev.spec.change.reading import with_open
from autodev.spec.change.wording import statements
from autodev.spec.editing.differences import differences
from autodev.spec.rules import Refused, Unclear
from autodev.spec.schema import Requirement, Spec
from projects import review
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, NewTask, Outcome, Succeeded
from projects.pipeline.job import do_job
from projects.pipeline.stacks import is_imported
from projects.pipeline.understand import REVIEW
from projects.states import Phase
from providers.available import models_there

DIFFERENCES_KEPT = 200


def run(ctx: TaskContext) -> Outcome:
    """Gives the new Spec, what changes in it, and the tasks that follow. A sentence that no rule understands needs a
    model; where there is none and nothing of the change is understood, the build ends and says so."""
    build, params = ctx.build, ctx.task.params
    old = Spec.model_validate(params["spec"])
    ctx.progress(5, "Reading the change")
    told: dict[str, Any] = {"provider": "rules", "left_open": []}
    if "undo" in params:
        reading = _undone(old, params["undo"])
    elif is_imported(params["stack"]):
        reading = _of_imported(ctx, old)
    else:
        reading, told = _read(ctx, old)
    spec = reading.spec
    changed = differences(old.model_dump(mode="json"), spec.model_dump(mode="json"))[:DIFFERENCES_KEPT]
    ctx.progress(95, f"Understood {len(reading.understood)} of {len(reading.understood) + len(reading.open)} sentences")
    reviewed = bool(build.options.get(review.OPTION))
    return Succeeded(
        result={
            **told, "before": old.model_dump(mode="json"), "changed": changed, "understood": list(reading.understood),
            "open": list(reading.open), **_requirements(old, spec),
        },
        build_updates={"spec": spec.model_dump(mode="json")},
        add_tasks=[
            *([REVIEW] if reviewed else []),
            NewTask(
                key="research", kind="change_research", phase=Phase.RESEARCH, title="Look at the stack that is there",
                needs=["understand", *([REVIEW.key] if reviewed else [])], estimate_s=1, milestone="Understood",
            ),
            NewTask(
                key="plan", kind="change_plan", phase=Phase.PLAN, title="Plan the change and freeze the checks",
                needs=["research"], estimate_s=1, milestone="Planned",
            ),
        ],
        merge=False,
    )  # fmt: skip


def _read(ctx: TaskContext, old: Spec) -> tuple[Reading, dict[str, Any]]:
    """By rules, and by a model what they leave open. Raises InvalidInput."""
    build = ctx.build
    reading = read_change(old, build.idea)
    if not reading.open:
        return reading, {"provider": "rules", "left_open": []}
    if not models_there(build.workspace_id):
        if not reading.understood:
            raise needs_model(reading.open)
        return reading, {"provider": "rules", "left_open": list(reading.open)}
    ctx.progress(30, "Asking a model what the change wants")
    words = " ".join(f"{sentence}." for sentence in reading.open)
    context = AnalyseContext(
        description=f"{old.idea.rstrip().rstrip('.')}. {words}", constraints=build.constraints,
        preferences=build.preferences, before=reading.spec, change=words,
    )  # fmt: skip
    try:
        answer = do_job(ctx, kind=JobKind.ANALYSE, brief=words, context=context)
    except Refused as refusal:
        raise InvalidInput(str(refusal), code="refused") from refusal
    except Unclear:
        return reading, {"provider": "rules", "left_open": list(reading.open)}
    asked = reading.spec.model_copy(
        update={
            "requirements": [r for r in reading.spec.requirements if r.understood or r.sentence not in reading.open]
        }
    )
    found = with_model(asked, Spec.model_validate(answer["answer"]), reading.open)
    met = {requirement.sentence for requirement in found.requirements}
    spec = with_open(found, [sentence for sentence in reading.open if sentence not in met])
    left = tuple(r.sentence for r in spec.requirements if not r.understood and r.sentence in reading.open)
    told = {"provider": answer["provider"], "left_open": list(left)}
    # What a model understood, a model makes: the rules' engine renders what of it is in the Spec's form.
    return Reading(spec=spec, understood=reading.understood, open=reading.open), told


def _of_imported(ctx: TaskContext, old: Spec) -> Reading:
    """No rule reads another's code: each sentence is a requirement that the tests which come with it show. Raises
    InvalidInput where there is no model to do it."""
    sentences = statements(ctx.build.idea)
    if not models_there(ctx.build.workspace_id):
        raise needs_model(sentences)
    taken = {requirement.id for requirement in old.requirements}
    free = (f"change_{n}" for n in range(1, len(taken) + len(sentences) + 1) if f"change_{n}" not in taken)
    added = [
        Requirement(id=name, sentence=sentence, text=sentence, note="Shown by the tests that come with the change.")
        for name, sentence in zip(free, sentences, strict=False)
    ]
    spec = old.model_copy(update={"requirements": [*old.requirements, *added]})
    return Reading(spec=spec, open=tuple(sentences))


def _undone(now: Spec, undo: dict[str, Any]) -> Reading:
    """What is wanted now without what that change wanted. Raises InvalidInput."""
    try:
        spec = three_way(Spec.model_validate(undo["spec"]), now, Spec.model_validate(undo["before"]))
    except ValueError as error:
        said = f"What came after it needs the change, so it cannot be undone: {str(error).splitlines()[0]}"
        raise InvalidInput(said, code="change_conflict") from error
    return Reading(spec=spec)


def needs_model(sentences: tuple[str, ...] | list[str]) -> InvalidInput:
    """The honest end of a change that only a model could make."""
    words = "; ".join(f"“{sentence}”" for sentence in sentences)
    said = f"No rule understands {words}, and there is no model to ask. Say it in other words, or set up a provider."
    return InvalidInput(said, code="needs_model")


def _requirements(old: Spec, new: Spec) -> dict[str, list[str]]:
    """The requirements that come, go, or mean something else than before, in words."""
    before = {requirement.id: requirement for requirement in old.requirements}
    after = {requirement.id: requirement for requirement in new.requirements}
    return {
        "added": [r.text for name, r in after.items() if name not in before],
        "removed": [r.text for name, r in before.items() if name not in after],
        "altered": [r.text for name, r in after.items() if name in before and r.scenarios != before[name].scenarios],
    }
