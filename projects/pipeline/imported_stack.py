"""What an imported repository needs, as its files say it now."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from projects.engine.context import TaskContext
from projects.importing.layout import Layout, layout_of
from projects.repository.errors import RepositoryError
from projects.repository.repository import repository_of
from projects.research.errors import ResearchError
from projects.research.resolver import resolve

TEXT_MAX = 1_000_000
log = logging.getLogger(__name__)


def layout_at(project_id: uuid.UUID, commit: str) -> Layout:
    """The layout of a commit of the project."""
    repository = repository_of(project_id)
    links = set(repository.links(commit))

    def read(path: str) -> str:
        return "" if path in links else repository.read(commit, path)[:TEXT_MAX].decode("utf-8", "replace")

    return layout_of(repository.files(commit), read)


def lock_now(ctx: TaskContext, stack: Mapping[str, Any]) -> str:
    """The lock of what the task's files need: the stack's, or another where a change named other packages. Where those
    cannot be resolved the stack's stays, and the tests say what is missing."""
    workspace = ctx.workspace

    def read(path: str) -> str:
        try:
            return workspace.read(path)[:TEXT_MAX].decode("utf-8", "replace")
        except RepositoryError:
            return ""

    layout = layout_of(workspace.paths(), read)
    if layout.language != "python" or list(layout.requirements) == list(stack.get("requirements", ())):
        return str(stack["lock"])
    try:
        return resolve(list(layout.requirements), python=layout.python, cancel=ctx.cancel).lock
    except ResearchError as error:
        log.warning("imported.unresolved", extra={"task": str(ctx.task.id), "error": str(error)[:300]})
        ctx.output(f"The packages that it names now cannot be resolved: {error}\n")
        return str(stack["lock"])
