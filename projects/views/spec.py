"""The Spec of a build: read, edited as text or a part at a time, restored, approved."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from pydantic import ValidationError

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from autodev.spec.editing.text import to_text
from autodev.spec.schema import Spec
from projects.models import Build, SpecRevision
from projects.selectors.builds import BuildAccess, build_for_user
from projects.selectors.progress import phases_of
from projects.selectors.spec import awaits_approval, current_revision, revisions_of
from projects.selectors.tasks import tasks_of
from projects.services.approve import approve_spec
from projects.services.errors import SpecChanged, SpecInvalid
from projects.services.spec import checked_spec, edit_spec, restore_spec
from projects.spec_forms import CHANGES, AddFieldForm, ChangeForm, SpecTextForm, VersionForm
from projects.views.build import build_page
from projects.views.source import highlighted

SAVED = "Saved. What came of the Spec before is made again."


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def spec(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """What was understood, as people read it and as it is stored, and who changed it when."""
    found = build_for_user(actor_of(request), build_id)
    spec_json = found.build.spec
    source = highlighted("spec.json", json.dumps(spec_json, indent=2, ensure_ascii=False)) if spec_json else ""
    revisions = revisions_of(found.build)
    context = {
        "spec": spec_json,
        "source": source,
        "revisions": revisions,
        "current": revisions[0] if revisions else None,
        "before": revisions[1] if len(revisions) > 1 else None,
    }
    return build_page(request, found, "spec", context)


@require_http_methods(["GET", "POST"])
@signed_in
def spec_edit(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """The editor. It is not kept current while somebody types; a change that comes too late says so, and shows what was
    typed."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    current = current_revision(found.build)
    if current is None or request.method == "GET":
        return _editor(request, found, current)
    if "change" in request.POST:
        return _change(request, found, current)
    return _save(request, found, current)


def _save(request: UserRequest, found: BuildAccess, current: SpecRevision) -> HttpResponseBase:
    """The whole text. Nothing that was typed is lost."""
    form = SpecTextForm(request.POST)
    if not form.is_valid():
        return _editor(request, found, current, form=form, status=422)
    data = form.cleaned_data
    try:
        saved = edit_spec(
            build=found.build, actor=request.user, spec=data["text"].replace("\r\n", "\n"),
            expected_version=data["version"],
        )  # fmt: skip
        if "approve" in request.POST:
            approve_spec(build=found.build, actor=request.user, expected_version=saved.number)
    except SpecInvalid as invalid:
        return _editor(request, found, current, form=form, status=422, problems=invalid.problems)
    except SpecChanged as changed:
        newer = SpecTextForm({**request.POST.dict(), "version": current.number})
        return _editor(request, found, current, form=newer, status=409, conflict=changed)
    except DomainError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return _editor(request, found, current, form=form, status=error.status)
    messages.success(request, "Saved and approved." if "approve" in request.POST else SAVED)
    return redirect("projects:spec", build_id=found.build.pk)


def _change(request: UserRequest, found: BuildAccess, current: SpecRevision) -> HttpResponseBase:
    """One small change by a form."""
    form = CHANGES.get(request.POST["change"], CHANGES["not_wanted"])(request.POST)
    if not form.is_valid():
        return _editor(request, found, current, tried=form, status=422)
    try:
        new = form.apply(checked_spec(found.build, current.spec))
        edit_spec(build=found.build, actor=request.user, spec=new, expected_version=form.cleaned_data["version"])
    except DomainError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return _editor(request, found, current, tried=form, status=error.status)
    messages.success(request, SAVED)
    return redirect("projects:spec_edit", build_id=found.build.pk)


def _editor(
    request: UserRequest,
    found: BuildAccess,
    current: SpecRevision | None,
    *,
    form: SpecTextForm | None = None,
    tried: ChangeForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    build: Build = found.build
    tasks = tasks_of(build)
    full: dict[str, Any] = {
        "found": found,
        "build": build,
        "access": found.access,
        "tab": "spec",
        "phases": phases_of(build, tasks),
        "current": current,
        "awaits": awaits_approval(build),
        "tried": tried,
        **context,
    }
    if current is not None:
        spec = _parsed(current)
        initial = {"text": to_text(spec or current.spec), "version": current.number}
        full |= {"spec": spec, "form": form or SpecTextForm(initial=initial)}
        full["adders"] = _adders(spec, current, tried) if spec else []
    return render(request, "projects/spec/edit.html", full, status=status)


def _parsed(current: SpecRevision) -> Spec | None:
    """The Spec, or None for a document of another schema, which can be edited as text alone."""
    try:
        return Spec.model_validate(current.spec)
    except ValidationError:
        return None


def _adders(spec: Spec, current: SpecRevision, tried: ChangeForm | None) -> list[tuple[Any, AddFieldForm]]:
    """Each entity with its form for one more field; the one that was sent holds what was typed."""
    found = []
    for entity in spec.entities:
        mine = isinstance(tried, AddFieldForm) and tried.data.get("entity") == entity.name
        initial = {"entity": entity.name, "version": current.number}
        form = tried if mine and isinstance(tried, AddFieldForm) else AddFieldForm(initial=initial)
        form.auto_id = f"add_{entity.name}_%s"
        found.append((entity, form))
    return found


@require_POST
@signed_in
def spec_restore(request: UserRequest, build_id: uuid.UUID, number: int) -> HttpResponseBase:
    """The Spec is what it was at that revision: the undo."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    restore_spec(build=found.build, actor=request.user, number=number, expected_version=version)
    messages.success(request, f"The Spec is what it was at revision {number}.")
    return redirect("projects:spec", build_id=build_id)


@require_POST
@signed_in
def spec_approve(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """The build that waits goes on; only the version that was on the page is approved."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    form = VersionForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else None
    approve_spec(build=found.build, actor=request.user, expected_version=version)
    messages.success(request, "Approved. The build goes on.")
    return redirect("projects:build", build_id=build_id)
