"""Whether the repositories agree with the rows, and are whole."""

from __future__ import annotations

from autodev.lib.clock import db_now
from bench.chaos.judges.findings import Broken, Verdict
from projects.engine.reconcile import wanted_refs
from projects.models import Build, Project, Step
from projects.repository import git
from projects.repository.errors import RepositoryError
from projects.repository.repository import Repository, repository_of


def repositories() -> Verdict:
    """Each commit that a row names is there, each ref says what its row says, and git finds no damage."""
    broken: list[Broken] = []
    looked = 0
    for project in Project.objects.all():
        repository = repository_of(project.pk)
        if not (repository.git_dir / "HEAD").exists():
            continue
        looked += 1
        name = str(project.pk)
        broken += [Broken("repositories", name, what) for what in (*_missing(project, repository), *_refs(project))]
        broken += [Broken("repositories", name, what) for what in _damage(repository)]
    return Verdict("repositories", "Repositories and rows agree", looked, broken)


def _missing(project: Project, repository: Repository) -> list[str]:
    named = set(Step.objects.filter(task__build__project=project).exclude(commit="").values_list("commit", flat=True))
    named |= set(Build.objects.filter(project=project).exclude(head="").values_list("head", flat=True))
    return [f"commit {commit[:12]} of a row is not there" for commit in sorted(named) if not repository.has(commit)]


def _refs(project: Project) -> list[str]:
    builds = list(Build.objects.filter(project=project, created_at__lt=db_now()).values_list("pk", flat=True))
    present = repository_of(project.pk).refs()
    return [
        f"ref {name} is {present.get(name, 'nowhere')[:12]} and its row says {commit[:12]}"
        for name, commit in sorted(wanted_refs(builds).items())
        if present.get(name) != commit
    ]


def _damage(repository: Repository) -> list[str]:
    try:
        said = git.call(repository.git_dir, ["fsck", "--full", "--no-dangling", "--no-reflogs"], ok=(0, 1, 2, 4, 8))
    except RepositoryError as error:
        return [str(error)]
    lines = [*said.stdout.decode(errors="replace").splitlines(), *said.stderr.decode(errors="replace").splitlines()]
    return [f"git fsck: {line}" for line in lines if line.startswith(("error", "fatal", "missing", "broken"))]
