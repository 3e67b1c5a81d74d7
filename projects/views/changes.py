"""Changing what a build delivered: the words, the review, and a person's word on it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.errors import NotFound
from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from projects.change_forms import ChangeTextForm
from projects.selectors.builds import build_for_user
from projects.selectors.evidence import evidence_of
from projects.selectors.files import comparison_of
from projects.selectors.mainline import changes_of
from projects.selectors.reviewing import review_of
from projects.services.change import change_start, change_undo
from projects.services.merge import discard_change, merge_change
from projects.views.build import build_page
from projects.views.source import HIGHLIGHT_MAX, highlighted_diff

CHANGES_SHOWN = 500
LISTED = 20


@require_http_methods(["GET", "POST"])
@signed_in
def change(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """The form, with the changes that the project has seen. What cannot be changed says why."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    form = ChangeTextForm(request.POST or None, initial={"text": request.GET.get("text", "")})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                made = change_start(
                    build=found.build, user=request.user, text=data["text"], options=form.options(),
                    budget=data["budget_usd"],
                )  # fmt: skip
                return redirect("projects:build", build_id=made.pk)
            except DomainError as error:
                form.add_error("text", f"{error.message} {error.hint}".strip())
                status = error.status
    context = {
        "build": found.build,
        "access": found.access,
        "form": form,
        "changes": changes_of(found.build.project)[:LISTED],
    }
    return render(request, "projects/change/new.html", context, status=status)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def review(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """What the change does, line by line, and what proves it."""
    found = build_for_user(actor_of(request), build_id)
    build = found.build
    reviewed = review_of(build)
    if reviewed is None:
        raise NotFound("This build is no change.")
    moved = build.head and build.base and build.head != build.base
    compared = (
        comparison_of(build, build.base, build.head, path=request.GET.get("path", ""), limit=HIGHLIGHT_MAX)
        if moved
        else None
    )
    context = {
        "live_template": "projects/change/review_live.html",
        "review": reviewed,
        "evidence": evidence_of(build),
        "changes": compared.changes[:CHANGES_SHOWN] if compared else [],
        "count": len(compared.changes) if compared else 0,
        "path": compared.path if compared else "",
        "complete": compared is None or compared.diff.complete,
        "diff": highlighted_diff(compared.diff.text) if compared and compared.diff.text else "",
    }
    return build_page(request, found, "review", context)


@require_POST
@signed_in
def merge(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """Into the main line; a main line that went on since is proved together with it first."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.MAINTAINER)
    try:
        merged = merge_change(
            build=found.build, user=request.user, accept_degraded=request.POST.get("accept_degraded") == "on"
        )
    except DomainError as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        said = "Merged." if merged.merged_at else "The main line went on since. Both are proved together, then merged."
        messages.success(request, said)
    return redirect("projects:review", build_id=build_id)


@require_POST
@signed_in
def discard(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    discard_change(build=found.build, user=request.user)
    messages.success(request, "Discarded. The main line stays as it is.")
    return redirect("projects:review", build_id=build_id)


@require_POST
@signed_in
def undo(request: UserRequest, build_id: uuid.UUID) -> HttpResponseBase:
    """A change that takes this one out of the main line again."""
    found = build_for_user(actor_of(request), build_id, at_least=Role.DEVELOPER)
    made = change_undo(build=found.build, user=request.user)
    messages.success(request, "It is being undone, as a change that you can review and merge.")
    return redirect("projects:build", build_id=made.pk)
