"""A repository from elsewhere: an address, or a file."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_for_user
from autodev.lib.errors import DomainError
from projects.change_forms import ImportForm
from projects.services.importing import import_start, source_of_url, store_upload


@require_http_methods(["GET", "POST"])
@signed_in
def import_repository(request: UserRequest, slug: str) -> HttpResponseBase:
    """The form. What is refused is said at the field that it came from."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.DEVELOPER)
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            field = "file" if data["file"] else "url"
            try:
                if data["file"]:
                    source = store_upload(data["file"].name, data["file"].chunks(), branch=data["branch"])
                else:
                    source = source_of_url(data["url"], branch=data["branch"])
                build = import_start(
                    workspace=access.workspace, user=request.user, source=source, name=data["name"]
                )  # fmt: skip
                return redirect("projects:build", build_id=build.pk)
            except DomainError as error:
                form.add_error(field, f"{error.message} {error.hint}".strip())
                status = error.status
    context = {"access": access, "form": form}
    return render(request, "projects/change/import.html", context, status=status)
