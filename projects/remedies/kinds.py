"""The remedies of the pipeline's kinds of task; docs/recovery-strategies.md says why a kind lacks one."""

from __future__ import annotations

from projects.remedies.beside import BesideRemedies
from projects.remedies.extend import ExtendRemedies
from projects.remedies.refine import RefineRemedies
from projects.remedies.registry import register_remedies
from projects.remedies.repair import RepairRemedies
from projects.remedies.stack import OtherStack


def register() -> None:
    """Called once, when the app is ready."""
    for kind in ("extend", "change_extend"):
        register_remedies(kind, ExtendRemedies())
    register_remedies("repair", RepairRemedies())
    register_remedies("refine", RefineRemedies())
    for kind in ("test", "document"):
        register_remedies(kind, BesideRemedies())
    for kind in ("research", "plan", "implement"):
        register_remedies(kind, OtherStack())
