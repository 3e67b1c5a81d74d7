from __future__ import annotations

from tests.providers_lab.fixtures import _lab, lab
from tests.routing.conftest import _warm

__all__ = ["_lab", "_warm", "lab"]
