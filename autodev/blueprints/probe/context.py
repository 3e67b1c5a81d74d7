"""What the probe's templates see: nothing beyond the Spec."""

from __future__ import annotations

from autodev.blueprints.render import Rendering
from autodev.spec.schema import Spec


def rendering(spec: Spec) -> Rendering:
    """The rendering of any Spec."""
    return Rendering(variables={})
