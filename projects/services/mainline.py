"""The main line of a project begins where its first build is delivered."""

from __future__ import annotations

from projects.models import Artifact, Build, Project


def begin_main_line(build: Build) -> bool:
    """In the caller's transaction: the main line is at the build's head, where it has none yet or stands at what the
    build delivered before (it was rolled back or run again since). Whether it is."""
    project = Project.objects.get(pk=build.project_id)
    own = Artifact.objects.filter(build=build).exclude(commit="").values_list("commit", flat=True)
    if project.head and project.head not in set(own):
        return False
    moved = Project.objects.filter(pk=project.pk, head=project.head).update(head=build.head)
    return bool(moved)
