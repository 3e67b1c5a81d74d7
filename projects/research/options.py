"""How long an answer of a registry is believed, and how hard it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearchOptions:
    """`cache_ttl`, `timeout`: seconds; `max_retries`: tries after the first. The keys of `research` in autodev.yaml."""

    cache_ttl: int = 86_400
    max_retries: int = 3
    timeout: float = 30.0


def cache_dir() -> Path:
    """Where resolutions are kept, below the data folder."""
    return Path(settings.AUTODEV_DATA) / "research"
