"""What a crash of git, or a hand in a repository, leaves behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector
from projects.repository.errors import RepositoryError
from projects.repository.repository import Repository

AGE_S = 600.0


def _repositories(world: World) -> list[tuple[str, Repository]]:
    """Those of the builds that are under way: build → repository."""
    sight = world.watch.sight
    found = []
    for build in sight.live():
        folder = world.places.data / "repositories" / f"{sight.builds[build][1]}.git"
        if (folder / "HEAD").exists():
            found.append((build, Repository(folder)))
    return found


@injector("git.lock")
def lock(world: World, planned: Planned) -> Injected | None:
    """A lock file of a git that died ten minutes ago."""
    there = _repositories(world)
    if not there:
        return None
    build, repository = there[planned.pick % len(there)]
    names = {"build": f"refs/autodev/build/{build}", "packed-refs": "packed-refs", "HEAD": "HEAD"}
    running = [one for one in world.watch.sight.running if one.build == build]
    if running:
        names["task"] = f"refs/autodev/task/{running[0].task}/{running[0].epoch}"
    name = names.get(str(planned.params["which"])) or names["build"]
    return Injected(name) if _plant(repository.git_dir / f"{name}.lock") else None


def _plant(path: Path) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x"):
            os.utime(path, (time.time() - AGE_S, time.time() - AGE_S))
    except OSError:
        return False
    return True


@injector("git.ref_moved", "git.ref_deleted")
def move(world: World, planned: Planned) -> Injected | None:
    """A ref points elsewhere, or nowhere."""
    for build, repository in _repositories(world):
        try:
            refs = sorted(repository.refs())
            if not refs:
                continue
            name = refs[planned.pick % len(refs)]
            if planned.kind == "git.ref_deleted":
                repository.delete_ref(name)
            else:
                repository.set_ref(name, repository.root())
        except RepositoryError:
            continue
        return Injected(f"{name} of {build[:8]}")
    return None
