"""What happens next after a failure, in plain words for a person."""

from __future__ import annotations

from functools import lru_cache

import yaml
from pydantic import TypeAdapter

from providers.failures.kinds import FailureKind
from providers.failures.patterns import DATA


def hint(kind: FailureKind, provider: str = "The provider") -> str:
    """One or two sentences: what it means, and what is done about it or should be."""
    text = _hints()[kind].replace("{provider}", provider)
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=1)
def _hints() -> dict[FailureKind, str]:
    return TypeAdapter(dict[FailureKind, str]).validate_python(yaml.safe_load((DATA / "hints.yaml").read_text()))
