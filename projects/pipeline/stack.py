"""The choice of the blueprint for a build."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autodev.blueprints import registry
from autodev.blueprints.blueprint import Blueprint
from autodev.blueprints.selection import Selection, choose, misfit
from autodev.spec.schema import Spec

# In an approach: the names of blueprints that failed and are left out.
WITHOUT = "without"


def choose_stack(spec: Spec, options: Mapping[str, Any], *, without: Collection[str] = ()) -> Selection:
    """The blueprint for the Spec under the build's options, of those that are not left out, or none with the reason.
    What the user named is never replaced."""
    wanted = options.get("blueprint")
    blueprints = [b for b in registry.all_blueprints() if b.name not in without or b.name == wanted]
    return choose(_with_language(spec, options), blueprints, wanted=wanted)


def fitting(spec: Spec, options: Mapping[str, Any], *, without: Collection[str] = ()) -> Sequence[Blueprint]:
    """Every blueprint that the Spec's constraints and the build's options allow; the one that the user named alone."""
    wanted = options.get("blueprint")
    asked = _with_language(spec, options)
    return [
        one
        for one in registry.all_blueprints()
        if (one.name == wanted if wanted else not one.manifest.hidden and one.name not in without)
        and (one.name == wanted or misfit(one, asked) is None)
    ]


def _with_language(spec: Spec, options: Mapping[str, Any]) -> Spec:
    """The Spec with the configured default language where neither the idea nor a constraint names one."""
    default = options.get("generation", {}).get("default_language")
    return spec if spec.language or not default else spec.model_copy(update={"language": default})
