"""What of a Spec goes beyond the rules, and so beyond what a blueprint renders by itself."""

from __future__ import annotations

from autodev.spec.rules import analyse
from autodev.spec.rules.errors import AnalysisError
from autodev.spec.schema import Spec


def beyond_the_rules(spec: Spec) -> list[str]:
    """The sentences that only a model or a person gave a meaning to, or nobody: a model is asked to meet them."""
    try:
        read = analyse(spec.idea, constraints=spec.constraints, preferences=spec.preferences)
    except AnalysisError:
        return [requirement.sentence for requirement in spec.requirements]
    known = {requirement.sentence for requirement in read.requirements if requirement.understood}
    return list(dict.fromkeys(r.sentence for r in spec.requirements if r.sentence not in known))
