"""The choice of the blueprint for a build."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from autodev.blueprints.selection import Selection, choose, misfit
from autodev.spec.rules.kinds import open_kinds
from autodev.spec.rules.turning import as_kind
from autodev.spec.schema import ProjectType, Spec
from projects import review

# In an approach: the names of blueprints that failed and are left out.
WITHOUT = "without"


def choose_stack(spec: Spec, options: Mapping[str, Any], *, without: Collection[str] = ()) -> Selection:
    """The blueprint for the Spec under the build's options, of those that are not left out, or none with the reason.
    What the user named is never replaced; of kinds of product that the description leaves open, the Spec's own comes
    first."""
    wanted = options.get("blueprint")
    blueprints = [b for b in registry.all_blueprints() if b.name not in without or b.name == wanted]
    found = [choose(one, blueprints, wanted=wanted) for one in _readings(spec, options)]
    return next((one for one in found if one.blueprint is not None), found[0])


def fitting(spec: Spec, options: Mapping[str, Any], *, without: Collection[str] = ()) -> Sequence[Blueprint]:
    """Every blueprint that the Spec's constraints and the build's options allow; the one that the user named alone.
    Where the description leaves open which kind of product it is, those of each kind."""
    wanted = options.get("blueprint")
    readings = _readings(spec, options)
    return [
        one
        for one in registry.all_blueprints()
        if (one.name == wanted if wanted else not one.manifest.hidden and one.name not in without)
        and (one.name == wanted or any(misfit(one, asked) is None for asked in readings))
    ]


def made_with(spec: Spec, blueprint: Blueprint, options: Mapping[str, Any]) -> Spec:
    """The Spec as the kind of product that the blueprint makes, where the description leaves that open."""
    kinds = [kind for kind in _kinds(spec, options) if kind in blueprint.manifest.project_types]
    return as_kind(spec, kinds[0]) if kinds else spec


def _readings(spec: Spec, options: Mapping[str, Any]) -> list[Spec]:
    return [_with_language(as_kind(spec, kind), options) for kind in _kinds(spec, options)]


def _kinds(spec: Spec, options: Mapping[str, Any]) -> tuple[ProjectType, ...]:
    """What a person has approved is left open no more."""
    return (spec.project_type,) if options.get(review.OPTION) else open_kinds(spec)


def _with_language(spec: Spec, options: Mapping[str, Any]) -> Spec:
    """The Spec with the configured default language where neither the idea nor a constraint names one."""
    default = options.get("generation", {}).get("default_language")
    return spec if spec.language or not default else spec.model_copy(update={"language": default})
