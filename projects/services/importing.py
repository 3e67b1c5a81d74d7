"""Importing a repository: queued here, fetched and measured by the engine."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from django.conf import settings

from autodev.accounts.models import User, Workspace
from autodev.lib.crypto import KeyMissing, Sealed, Undecipherable, keyring
from autodev.lib.db import write
from autodev.lib.ids import new_id
from projects.engine.plain import clean_text, plain
from projects.importing.address import checked_url
from projects.importing.errors import ImportRefused
from projects.importing.limits import LIMITS
from projects.importing.login import without_login
from projects.models import Build, BuildOrigin, Task
from projects.services.queue import Wanted, new_project, queue_build
from projects.states import BUILD_FINAL

KIND = "import_fetch"
LOGIN = "login"  # in the task's params: whether the sealed source holds one
SourceKind = Literal["url", "bundle", "zip", "folder"]
_WORDS = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a repository comes from. `where` is an address, or a path on this machine; `shown` is what people read of
    it; `digest` tells two files apart that are called the same; `login` is the `name:password` of an address, which
    nobody reads."""

    kind: SourceKind
    where: str
    shown: str
    branch: str = ""
    digest: str = ""
    login: str = field(default="", repr=False)


def source_of_url(url: str, *, branch: str = "") -> Source:
    """An address, with the name and token of a private repository in it or without. Raises ImportRefused."""
    plain_url, login = without_login(url)
    address = checked_url(plain_url)
    return Source(kind="url", where=address, shown=address, branch=branch.strip(), login=login)


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
    given, build_id = plain(dict(options or {})), new_id()
    wanted = Wanted(
        build_id=build_id,
        request={
            "import": source.digest or source.where, "branch": source.branch, "name": title, "options": given,
        },
        columns={"idea": f"Import {source.shown}", "origin": BuildOrigin.IMPORT, "options": given},
        home=lambda: new_project(workspace, user, title, imported_from=source.shown[:300]),
        kind=KIND,
        title="Fetch the repository",
        params={"source": sealed(source, build_id=build_id), "name": title, LOGIN: bool(source.login)},
        told={"idea": f"Import {source.shown}"[:500], "kind": source.kind},
    )  # fmt: skip
    try:
        return queue_build(workspace=workspace, user=user, wanted=wanted, idempotency_key=idempotency_key)
    except BaseException:
        forget_upload(source.where)
        raise


def sealed(source: Source, *, build_id: uuid.UUID) -> str:
    """The source as the params of this build's task hold it: nobody reads its login there, and what a member edits, or
    takes from another build, is not fetched, so that nobody reads the server's own files by it."""
    told = {"kind": source.kind, "where": source.where, "branch": source.branch, "login": source.login}
    found = keyring().seal(json.dumps(told), context=_context(build_id))
    return f"{found.number}:{base64.b64encode(found.ciphertext).decode()}"


def unsealed(text: object, *, build_id: uuid.UUID) -> Source:
    """What was sealed for this build. Raises ImportRefused for anything else."""
    number, _, body = str(text).partition(":")
    try:
        opened = Sealed(int(number), base64.b64decode(body, validate=True))
        told = json.loads(keyring().open(opened, context=_context(build_id)))
    except (ValueError, binascii.Error, KeyMissing, Undecipherable) as error:
        said = "The source of an import cannot be changed, or taken from another one."
        raise ImportRefused(said, hint="Import it anew.") from error
    return Source(shown=told["where"], **told)


def forget_login(task_id: uuid.UUID, source: Source, *, build_id: uuid.UUID) -> None:
    """In the caller's transaction: the login is no longer needed, and does not stay in the database, sealed or not."""
    if source.login:
        row = Task.objects.get(pk=task_id)
        known = sealed(replace(source, login=""), build_id=build_id)
        Task.objects.filter(pk=task_id).update(params={**row.params, "source": known, LOGIN: False})


def forget_logins() -> int:
    """Those of imports that ended before they fetched: cancelled, or out of time. Gives how many there were."""
    ended = Task.objects.filter(kind=KIND, params__login=True, build__state__in=BUILD_FINAL)
    rows = [(row.pk, row.build_id, row.params["source"]) for row in ended]
    for task_id, build_id, text in rows:
        with contextlib.suppress(ImportRefused):  # it was edited, and opens nowhere
            source = unsealed(text, build_id=build_id)
            write(partial(forget_login, task_id, source, build_id=build_id))
    return len(rows)


def _context(build_id: uuid.UUID) -> bytes:
    return f"projects.import:{build_id}".encode()


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
