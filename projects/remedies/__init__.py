"""What can be done about a failed task of each kind. The pipeline fills this in; recovery chooses from it."""

from projects.remedies.registry import register_remedies, remedies_for
from projects.remedies.types import Approach, Nothing, Remedies

__all__ = ["Approach", "Nothing", "Remedies", "register_remedies", "remedies_for"]
