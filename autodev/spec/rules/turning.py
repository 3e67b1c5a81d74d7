"""A Spec as another kind of product, where the description leaves open which it is."""

from __future__ import annotations

from autodev.spec.rules.analysis import analyse
from autodev.spec.rules.errors import AnalysisError
from autodev.spec.rules.kinds import FITS_TOO, NAMES, NOT_NAMED, fits_too, not_named
from autodev.spec.rules.surface import endpoints, screens
from autodev.spec.schema import ProjectType, Requirement, Spec


def as_kind(spec: Spec, kind: ProjectType) -> Spec:
    """The same product as another kind: its screens or endpoints, and what the rules make of the idea's sentences then
    (a web application is proved by journeys, too). What others read in them stays."""
    if kind == spec.project_type:
        return spec
    auth = any(feature.name == "auth" for feature in spec.features)
    before, then = _read(spec, spec.project_type), _read(spec, kind)
    return spec.model_copy(
        update={
            "project_type": kind,
            "screens": screens(spec.entities, kind, auth=auth),
            "endpoints": endpoints(spec.entities, kind, auth=auth),
            "requirements": [
                then[one.id] if one.id in then and before.get(one.id) == one else one for one in spec.requirements
            ],
            "assumptions": [_turned(one, spec.project_type, kind) for one in spec.assumptions],
        }
    )


def _read(spec: Spec, kind: ProjectType) -> dict[str, Requirement]:
    """What the rules read in the idea as this kind of product; nothing where it says nothing to them."""
    constraints = {**spec.constraints, "project_type": kind}
    try:
        read = analyse(spec.idea, constraints=constraints, preferences=spec.preferences)
    except AnalysisError:
        return {}
    return {requirement.id: requirement for requirement in read.requirements}


def _turned(assumption: str, before: ProjectType, kind: ProjectType) -> str:
    if assumption.startswith(NOT_NAMED):
        return not_named(kind)
    if not assumption.startswith(FITS_TOO):
        return assumption
    said = assumption.removeprefix(FITS_TOO).partition(";")[0].split(" and ")
    others = [one for one, name in NAMES.items() if name in said and one != kind]
    return fits_too(kind, [before, *others])
