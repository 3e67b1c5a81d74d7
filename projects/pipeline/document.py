"""Phase 4, with a model: the documentation says what models added. Kept only where it changes words alone and nothing
is worse."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.contracts.contexts import DocumentContext
from autodev.contracts.job import JobKind
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.pipeline.beside import Beside, of_base
from projects.pipeline.by_models import changed_since_made
from projects.pipeline.guided import guidance
from projects.pipeline.test import FILES_AT_MOST, is_test

WORDS = (".md", ".rst", ".txt", ".adoc")
DOCUMENTS_AT_MOST = 20
NO_WORDS = ("requirements", "constraints")


def run(ctx: TaskContext) -> Outcome:
    """Nothing where models added nothing. Raises WorkFailed where nobody does it, or what was done is of no use."""
    percent = guidance(ctx).percent
    work = Beside(ctx, kind=JobKind.DOCUMENT, own=is_words, worse=lambda before, after: "")
    manifest = work.bench.manifest
    added = [path for path in changed_since_made(ctx) if not is_words(path) and not is_test(manifest, path)]
    if not added:
        ctx.progress(100, "Nothing to document")
        return Succeeded(result={"kept": False, "reason": "nothing was added"}, merge=False)
    if percent < 100:
        return work.stand_in(percent, lambda: of_base(ctx, work.bench))
    ctx.progress(5, f"Documenting {counted(len(added), 'file')}")
    paths = added[:FILES_AT_MOST]
    context = DocumentContext(
        spec=Spec.model_validate(ctx.build.spec), blueprint=manifest.name, paths=paths,
        documents=documents_in(ctx.workspace.paths()),
    )  # fmt: skip
    brief = f"Documentation of {', '.join(paths)}"[:2000]
    return work.done(brief=brief, context=context, before=lambda: of_base(ctx, work.bench))


def is_words(path: str) -> bool:
    """Whether people read it and no program does."""
    name = path.rsplit("/", 1)[-1].lower()
    return name.endswith(WORDS) and not name.startswith(NO_WORDS)


def documents_in(paths: Sequence[str]) -> list[str]:
    """The documentation that there is: the README and the changelog first, then what speaks of the API, then the rest;
    at most 20 files."""
    found = [path for path in paths if is_words(path)]
    return sorted(found, key=lambda path: (_rank(path), path.count("/"), path))[:DOCUMENTS_AT_MOST]


def _rank(path: str) -> int:
    name = path.rsplit("/", 1)[-1].lower()
    first = [name.startswith(words) for words in (("readme",), ("changelog", "changes", "history"))]
    if any(first):
        return first.index(True)
    return 2 if "api" in path.lower() or "reference" in path.lower() else 3
