"""What an extending task is to add: all that goes beyond the rules, or the part of it that it was given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from autodev.spec.schema import Spec
from projects.checks.acceptance.types import FrozenCheck
from projects.models import Check
from projects.pipeline.beyond import beyond_the_rules
from projects.pipeline.proof import frozen_checks

ONLY = "only"
# The sentences themselves, where what is wanted is not all that goes beyond the rules: those of a change.
WANTED = "wanted"


def wanted_of(spec: Spec, params: Mapping[str, Any]) -> list[str]:
    """The sentences; those of `only` where the work was decomposed."""
    wanted = list(params[WANTED]) if WANTED in params else beyond_the_rules(spec)
    only = params.get(ONLY)
    return wanted if only is None else [sentence for sentence in wanted if sentence in set(only)]


def checks_of(build_id: uuid.UUID, wanted: list[str]) -> dict[str, FrozenCheck]:
    """The acceptance checks of these sentences; empty where one of them has none."""
    rows = Check.objects.filter(build_id=build_id, requirement__sentence__in=wanted)
    found = dict(rows.values_list("key", "requirement__sentence"))
    if set(found.values()) != set(wanted):
        return {}
    return {key: check for key, check in frozen_checks(build_id).items() if key in found}
