"""What a plan froze, taken back: the user changed what is wanted, so it is judged by other checks."""

from __future__ import annotations

from projects.engine.plain import plain
from projects.models import Build, Check, Requirement, SpecRevision
from projects.selectors.export import evidence_export
from projects.selectors.spec import current_revision


def keep_current(build: Build) -> SpecRevision | None:
    """The revision that is the build's Spec, as a row. The caller holds the build's row."""
    current = current_revision(build)
    if current is not None and current._state.adding:  # noqa: SLF001 - Django's own mark of an object without a row
        moment = current.created_at
        current.save()
        SpecRevision.objects.filter(pk=current.pk).update(created_at=moment)
    return current


def thaw(build: Build) -> None:
    """Requirements and checks go, so that the next plan freezes them anew; what had been proved stays with the revision
    of the Spec that it was proved of. The caller holds the build's row."""
    if not Check.objects.filter(build=build).exists():
        return
    current = keep_current(build)
    if current is not None:
        SpecRevision.objects.filter(pk=current.pk).update(evidence=plain(evidence_export(build)))
    Requirement.objects.filter(build=build).delete()
    Check.objects.filter(build=build).delete()
