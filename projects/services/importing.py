"""Importing a repository: queued here, fetched and measured by the engine."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from django.conf import settings
from django.core.signing import BadSignature, Signer

from autodev.accounts.models import User, Workspace
from autodev.lib.ids import new_id
from projects.engine.plain import clean_text, plain
from projects.importing.address import checked_url
from projects.importing.errors import ImportRefused
from projects.importing.limits import LIMITS
from projects.models import Build, BuildOrigin
from projects.services.queue import Wanted, new_project, queue_build

KIND = "import_fetch"
SourceKind = Literal["url", "bundle", "zip", "folder"]
SEAL = Signer(salt="projects.import")
_WORDS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a repository comes from. `where` is an address, or a path on this machine; `shown` is what people read of
    it; `digest` tells two files apart that are called the same."""

    kind: SourceKind
    where: str
    shown: str
    branch: str = ""
    digest: str = ""


def source_of_url(url: str, *, branch: str = "") -> Source:
    """Raises ImportRefused."""
    address = checked_url(url)
    return Source(kind="url", where=address, shown=address, branch=branch.strip())


def source_of_folder(path: Path, *, branch: str = "") -> Source:
    """A repository, a folder, a bundle or a zip on this machine: for whoever may read it anyway, on the command line
    and in the library; no door of a server takes a path. Raises ImportRefused."""
    path = path.expanduser().resolve()
    if not path.exists():
        raise ImportRefused(f"There is no {path}.")
    kind: SourceKind = "folder" if path.is_dir() else "zip" if path.suffix.lower() == ".zip" else "bundle"
    return Source(kind=kind, where=str(path), shown=path.name, branch=branch.strip())


def store_upload(name: str, chunks: Iterable[bytes], *, branch: str = "") -> Source:
    """Keeps a file that was sent until it is imported, and gives it as a source: a zip by its first bytes, else a
    bundle. Raises ImportRefused for one that is too large or neither."""
    folder = uploads()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{new_id()}.upload"
    try:
        kind, digest = _written(path, chunks)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    shown = _WORDS.sub("-", PurePosixPath(name.replace("\\", "/")).name)[:120] or kind
    return Source(kind=kind, where=str(path), shown=shown, branch=branch.strip(), digest=digest)


def _written(path: Path, chunks: Iterable[bytes]) -> tuple[SourceKind, str]:
    """(what it is, its SHA-256). Raises ImportRefused."""
    digest, size, first = hashlib.sha256(), 0, b""
    with path.open("xb") as file:
        for chunk in chunks:
            first = first or bytes(chunk[:16])
            size += len(chunk)
            if size > LIMITS.upload_bytes:
                raise ImportRefused(f"The file has more than {LIMITS.upload_bytes // 1024 // 1024} MiB.")
            digest.update(chunk)
            file.write(chunk)
    if first.startswith(b"PK"):
        return "zip", digest.hexdigest()
    if first.startswith(b"# v"):
        return "bundle", digest.hexdigest()
    raise ImportRefused("The file is neither a zip nor a git bundle.", hint="git bundle create app.bundle --all")


def uploads() -> Path:
    """Where files lie that were sent and are not imported yet."""
    return Path(settings.AUTODEV_DATA) / "imports"


def import_start(
    *,
    workspace: Workspace,
    user: User | None,
    source: Source,
    name: str = "",
    options: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> Build:
    """Queues the import as a build of a new project, which fetches the repository, looks how it is tested, and measures
    it. Its history is kept. Raises IdempotencyConflict."""
    title = clean_text(name).strip()[:80] or _name_of(source)
    given = plain(dict(options or {}))
    wanted = Wanted(
        request={
            "import": source.digest or source.where, "branch": source.branch, "name": title, "options": given,
        },
        columns={"idea": f"Import {source.shown}", "origin": BuildOrigin.IMPORT, "options": given},
        home=lambda: new_project(workspace, user, title, imported_from=source.shown[:300]),
        kind=KIND,
        title="Fetch the repository",
        params={"source": sealed(source), "name": title},
        told={"idea": f"Import {source.shown}"[:500], "kind": source.kind},
    )  # fmt: skip
    try:
        return queue_build(workspace=workspace, user=user, wanted=wanted, idempotency_key=idempotency_key)
    except BaseException:
        forget_upload(source.where)
        raise


def sealed(source: Source) -> str:
    """The source as a task's params hold it: what a member edits there is not fetched, so that nobody reads the
    server's own files by it."""
    return SEAL.sign_object({"kind": source.kind, "where": source.where, "branch": source.branch})


def unsealed(text: object) -> dict[str, str]:
    """What was sealed. Raises ImportRefused for anything else."""
    try:
        return dict(SEAL.unsign_object(str(text)))
    except BadSignature as error:
        raise ImportRefused("The source of an import cannot be changed.", hint="Import it anew.") from error


def forget_upload(where: str) -> None:
    """The file that was sent is no longer needed; a path that is none of ours stays."""
    path = Path(where)
    if path.parent == uploads():
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _name_of(source: Source) -> str:
    last = source.shown.rstrip("/").rsplit("/", 1)[-1]
    for ending in (".git", ".bundle", ".zip"):
        last = last.removesuffix(ending)
    return last[:80] or "Imported"
