"""What a model read in a change, laid over what is there: it may add and say more, and take nothing away."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.spec.merge import merge
from autodev.spec.schema import Requirement, Spec


def with_model(spec: Spec, by_model: Spec, sentences: Sequence[str]) -> Spec:
    """`spec` with what the model's Spec has beyond it. Of the model's requirements those count that stand for one of
    the sentences of the change; what it says of the rest is what was there already. A Spec that contradicts what is
    there adds its requirements alone."""
    wanted = [found for r in by_model.requirements if (found := _for(r, sentences)) is not None]
    extra = by_model.model_copy(update={"requirements": _with_free_ids(wanted, spec)})
    extra = extra.model_copy(update={"assumptions": [a for a in by_model.assumptions if a not in spec.assumptions]})
    try:
        return merge(spec, extra)
    except ValueError:
        return spec.model_copy(update={"requirements": [*spec.requirements, *_bare(extra.requirements)]})


def _for(requirement: Requirement, sentences: Sequence[str]) -> Requirement | None:
    said = _plain(requirement.sentence)
    for sentence in sentences:
        if said and (said in _plain(sentence) or _plain(sentence) in said):
            return requirement.model_copy(update={"sentence": sentence})
    return None


def _with_free_ids(requirements: list[Requirement], spec: Spec) -> list[Requirement]:
    """Each with an id that the Spec does not have for another sentence."""
    taken = {r.id for r in spec.requirements}
    found = []
    for requirement in requirements:
        name, number = requirement.id, 1
        while name in taken:
            number += 1
            name = f"{requirement.id[:58]}_{number}"
        taken.add(name)
        found.append(requirement.model_copy(update={"id": name}))
    return found


def _bare(requirements: list[Requirement]) -> list[Requirement]:
    """Without scenarios, which speak of parts that are not there."""
    return [r.model_copy(update={"scenarios": [], "checks": []}) for r in requirements]


def _plain(sentence: str) -> str:
    return " ".join(sentence.lower().split()).strip(" .")
