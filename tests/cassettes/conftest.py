"""The lab, for recordings."""

from __future__ import annotations

from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab"]
