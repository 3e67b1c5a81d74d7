"""models.yaml: read, changed after a look at what changes, taken out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role, Workspace
from providers.config import presets, reading, standing, store, transfer
from providers.config.problems import ConfigInvalid
from providers.forms import ConfigForm, seen_of
from providers.models import ConfigRevision
from providers.views.frame import DOOR, providers_access
from providers.views.patch import patch

AGAIN = "The text or the configuration was changed since you looked; these are the differences now."


@require_http_methods(["GET", "POST"])
@signed_in
def config(request: UserRequest, slug: str) -> HttpResponseBase:
    """Everybody of the workspace reads it; maintainers change it. It is not kept current while somebody types."""
    at_least = Role.MAINTAINER if request.method == "POST" else Role.VIEWER
    access = providers_access(request, slug, at_least=at_least)
    if request.method == "POST":
        return _posted(request, access)
    preset = request.GET.get("preset", "")
    text = presets.text(preset) if preset and access.can_maintain else _present(access.workspace)
    note = f"preset {preset}" if preset else ""
    return _page(request, access, ConfigForm(initial={"text": text, "note": note}), preset=preset)


@require_safe
@signed_in
def export(request: UserRequest, slug: str) -> HttpResponseBase:
    """As a file: models.yaml, or with `form=seed` the JSON of seeds 000."""
    access = providers_access(request, slug)
    seed = request.GET.get("form") == "seed"
    text = transfer.export_seed(access.workspace) if seed else transfer.export_config(access.workspace)
    name, kind = ("fallback_config.json", "application/json") if seed else ("models.yaml", "application/yaml")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers)


def _posted(request: UserRequest, access: Access) -> HttpResponseBase:
    """The first time the differences are shown; what was looked at is saved. Nothing that was typed is lost."""
    form = ConfigForm(request.POST)
    if not form.is_valid():
        return _page(request, access, form, status=422)
    text, seen = form.cleaned_data["text"], form.cleaned_data["seen"]
    number = _number(access.workspace)
    try:
        if "save" in request.POST and seen == seen_of(text, number):
            saved = transfer.import_config(
                workspace=access.workspace, text=text, actor=request.user, note=form.cleaned_data["note"], door=DOOR,
                unless=lambda: _number(access.workspace) != number,
            )  # fmt: skip
            if saved is not None:
                messages.success(request, f"Saved as revision {saved.number}; it holds everywhere in two seconds.")
                return redirect("providers:config", slug=access.workspace.slug)
        return _preview(request, access, text)
    except ConfigInvalid as invalid:
        return _page(request, access, form, status=422, problems=invalid.problems)


def _preview(request: UserRequest, access: Access, text: str) -> HttpResponseBase:
    found = transfer.preview(access.workspace, text)
    seen = seen_of(text, _number(access.workspace))
    form = ConfigForm({"text": text, "note": request.POST.get("note", ""), "seen": seen})
    return _page(
        request, access, form, previewed=True, diff=patch(found), again=AGAIN if "save" in request.POST else ""
    )


def _page(request: UserRequest, access: Access, form: ConfigForm, *, status: int = 200, **context: Any) -> HttpResponse:
    if not access.can_maintain:
        form.fields["text"].widget.attrs["readonly"] = True
    full = {"access": access, "tab": "config", "form": form, "presets": presets.names(), **context}
    full |= {"number": _number(access.workspace), "notes": standing.notes(access.workspace.pk)}
    return render(request, "providers/config.html", full, status=status)


def _present(workspace: Workspace) -> str:
    """What holds; also where a row says something that the schema does not know any more."""
    try:
        return transfer.export_config(workspace)
    except ConfigInvalid:
        return reading.as_yaml(store.raw(workspace.pk))


def _number(workspace: Workspace) -> int:
    latest = ConfigRevision.objects.filter(workspace=workspace).order_by("-number").values_list("number", flat=True)
    return latest.first() or 0
