"""What the page shows of questions about a build."""

from __future__ import annotations

import uuid
from typing import Any

from projects.selectors.builds import BuildAccess
from projects.selectors.explained import explained_of
from providers.kinds.agents import is_agent_kind
from providers.live.fresh import fresh


def asked_context(found: BuildAccess) -> dict[str, Any]:
    """`asked`, newest first; whether one `waits` for its answer; whether this person `can_ask`; whether there is
    `nobody` to answer, which is looked at only where the page does not change any more."""
    asked, build = explained_of(found.build.pk), found.build
    can_ask = found.access.can_build and bool(build.head) and build.spec is not None
    return {
        "asked": asked,
        "waits": any(not one.ended for one in asked),
        "can_ask": can_ask,
        "nobody": can_ask and build.is_final and not _model_there(build.workspace_id),
    }


def _model_there(workspace_id: uuid.UUID) -> bool:
    targets = fresh(workspace_id).view.targets.values()
    return any(not (one.emergency or is_agent_kind(one.kind)) and (one.keys or not one.needs_key) for one in targets)
