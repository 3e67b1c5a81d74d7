"""A change as somebody reviews it: what it does to what was wanted, and how it stands to the main line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from projects.models import Build, BuildOrigin
from projects.selectors.mainline import DELIVERED, main_head
from projects.states import BuildState


@dataclass(frozen=True, kw_only=True)
class Review:
    """`added`, `removed` and `altered` are requirements in words. `stale`: the main line went on since the change
    began, so merging proves both together first. `standing` is one word for the whole."""

    build: Build
    main: str
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    altered: Sequence[str] = ()

    @property
    def stale(self) -> bool:
        return self.standing in {"proposed", "degraded"} and self.main != self.build.base

    @property
    def standing(self) -> str:
        """`merged`, `discarded`, `running`, `failed`, `proposed`, or `degraded`: a person may take it so."""
        build = self.build
        if build.merged_at is not None:
            return "merged"
        if build.discarded_at is not None:
            return "discarded"
        if not build.is_final:
            return "running"
        if build.state not in DELIVERED:
            return "failed"
        return "degraded" if build.state == BuildState.DEGRADED else "proposed"

    @property
    def can_merge(self) -> bool:
        return self.standing in {"proposed", "degraded"}

    @property
    def can_discard(self) -> bool:
        return self.standing in {"proposed", "degraded", "failed"}

    @property
    def can_undo(self) -> bool:
        return self.standing == "merged" and bool(self.build.merged_commit)


def review_of(build: Build) -> Review | None:
    """None for a build that is no change."""
    if build.origin != BuildOrigin.CHANGE:
        return None
    plan = build.plan
    return Review(
        build=build,
        main=main_head(build.project),
        added=plan.get("added", ()),
        removed=plan.get("removed", ()),
        altered=plan.get("altered", ()),
    )
