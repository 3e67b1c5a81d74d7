"""The repository of a build: tree, source, differences, zip."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, actor_of, signed_in
from projects.selectors.artifacts import evidence_file_of
from projects.selectors.builds import build_for_user
from projects.selectors.files import comparison_of, content_of, folder_tree, paths_of, zip_of
from projects.selectors.tasks import commits_of
from projects.views.build import build_page
from projects.views.source import HIGHLIGHT_MAX, highlighted, highlighted_diff

CHANGES_SHOWN = 500
FIRST = ("README.md", "readme.md", "README.rst")


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def files(request: UserRequest, build_id: uuid.UUID, path: str = "") -> HttpResponseBase:
    """The tree at `?commit=` (the head without it) and one file of it, highlighted."""
    found = build_for_user(actor_of(request), build_id)
    commit = request.GET.get("commit", "") or found.build.head
    paths = paths_of(found.build, commit)
    shown = path or next((p for p in FIRST if p in paths), "")
    file = content_of(found.build, commit, shown) if shown else None
    source = highlighted(shown, file.text) if file is not None and file.text is not None else ""
    context = {
        "commit": commit,
        "tree": folder_tree(paths),
        "count": len(paths),
        "path": shown,
        "file": file,
        "source": source,
    }
    return build_page(request, found, "files", context)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def diff(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """What changed from `?from=` to `?to=` (without them, what the newest commit changed): the files, and one of them,
    `?path=`, line by line."""
    found = build_for_user(actor_of(request), build_id)
    before, after = request.GET.get("from", ""), request.GET.get("to", "") or found.build.head
    path, limit = request.GET.get("path", ""), HIGHLIGHT_MAX
    compared = comparison_of(found.build, before, after, path=path, limit=limit) if after else None
    context = {
        "commits": commits_of(found.build),
        "from": before,
        "to": after,
        "changes": compared.changes[:CHANGES_SHOWN] if compared else [],
        "count": len(compared.changes) if compared else 0,
        "path": compared.path if compared else "",
        "complete": compared is None or compared.diff.complete,
        "diff": highlighted_diff(compared.diff.text) if compared and compared.diff.text else "",
    }
    return build_page(request, found, "diff", context)


@require_safe
@signed_in
def download(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """The repository's files at the head as a zip."""
    found = build_for_user(actor_of(request), build_id)
    name, data = zip_of(found.build)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type="application/zip", headers=headers)


@require_safe
@signed_in
def evidence(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """The evidence at the head as one JSON document."""
    name, data = evidence_file_of(build_for_user(actor_of(request), build_id).build)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type="application/json", headers=headers)
