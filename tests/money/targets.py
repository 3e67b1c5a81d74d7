"""A target with nothing surprising in it."""

from __future__ import annotations

import uuid
from typing import Any

from providers.targets import Target


def target(**changes: Any) -> Target:
    values = {"id": uuid.uuid4(), "workspace_id": uuid.uuid4(), "name": "one", "kind": "litellm", "model": "openai/one"}
    return Target(**{**values, **changes})
