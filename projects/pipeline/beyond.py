"""What of a Spec goes beyond the rules, and so beyond what a blueprint renders by itself."""

from __future__ import annotations

import json
from functools import lru_cache

from autodev.spec.rules import analyse
from autodev.spec.rules.errors import AnalysisError
from autodev.spec.schema import Spec


def beyond_the_rules(spec: Spec) -> list[str]:
    """The sentences that only a model or a person gave a meaning to, or nobody: a model is asked to meet them."""
    known = _read(spec.idea, _text(spec.constraints), _text(spec.preferences))
    return list(dict.fromkeys(r.sentence for r in spec.requirements if r.sentence not in known))


@lru_cache(maxsize=256)
def _read(idea: str, constraints: str, preferences: str) -> frozenset[str]:
    """The sentences that the rules understand, none of an idea that says nothing to them; kept, because recovery asks
    for many tasks of one idea."""
    try:
        read = analyse(idea, constraints=json.loads(constraints), preferences=json.loads(preferences))
    except AnalysisError:
        return frozenset()
    return frozenset(requirement.sentence for requirement in read.requirements if requirement.understood)


def _text(values: object) -> str:
    return json.dumps(values, sort_keys=True, default=str)
