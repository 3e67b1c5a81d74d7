"""What can be done about a stack that cannot be resolved, planned or made: the next blueprint that fits."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.blueprints import registry
from autodev.spec.schema import Spec
from projects.guidance import guidance_of
from projects.models import Task
from projects.pipeline.stack import WITHOUT, choose_stack
from projects.remedies.types import Approach, Nothing

FIRST = "research"


class OtherStack(Nothing):
    """Research chooses again without the blueprint that failed, and all that follows from it is done again."""

    def approaches(self, task: Task) -> Sequence[Approach]:
        """One, or none where the user named the blueprint, or no other fits what was asked for."""
        if task.build.spec is None:
            return ()
        research = task if task.kind == FIRST else Task.objects.get(build=task.build, key=FIRST)
        spec, options = Spec.model_validate(task.build.spec), task.build.options
        without = [str(name) for name in guidance_of(research.params).approach.get(WITHOUT, ())]
        failed = research.result.get("blueprint")
        if failed is None:
            present = choose_stack(spec, options, without=without).blueprint
            failed = present.name if present is not None else None
        if failed is None:
            return ()
        without = list(dict.fromkeys([*without, str(failed)]))
        other = choose_stack(spec, options, without=without).blueprint
        if other is None or other.name in without:
            return ()
        return [
            Approach(
                name=f"blueprint:{other.name}",
                told=f"Make it with {other.manifest.title} instead of {registry.get(str(failed)).manifest.title}.",
                params={WITHOUT: without},
                restart="" if task.kind == FIRST else FIRST,
            )
        ]
