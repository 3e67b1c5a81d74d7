"""Keys of providers: stored, replaced, removed. None is ever shown."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from providers.forms import KEY_AGAIN, CredentialForm, SecretForm
from providers.models import Credential, Provider
from providers.services.credentials import credential_add, credential_remove, credential_rotate
from providers.services.errors import NameTaken, NotASecret
from providers.views.frame import DOOR, providers_access


@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
@signed_in
def keys(request: UserRequest, slug: str) -> HttpResponseBase:
    """Their names, who lists them, and a form for one more."""
    at_least = Role.MAINTAINER if request.method == "POST" else Role.VIEWER
    access = providers_access(request, slug, at_least=at_least)
    form = CredentialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            credential_add(
                workspace=access.workspace, actor=request.user, name=data["name"], secret=data["secret"], door=DOOR
            )
        except NameTaken as error:
            form.add_error("name", f"{error.message} {error.hint}")
        except NotASecret as error:
            form.add_error("name" if error.message.startswith("A name") else "secret", error.message)
        else:
            messages.success(request, f"The key {data['name']} is stored. List it at a provider to use it.")
            return redirect("providers:keys", slug=slug)
    if "secret" not in form.errors and form.errors:
        form.add_error("secret", KEY_AGAIN)
    return _page(request, access, form)


@never_cache
@sensitive_post_parameters("secret")
@require_POST
@signed_in
def rotate(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    form = SecretForm(request.POST)
    try:
        secret = form.cleaned_data["secret"] if form.is_valid() else ""
        credential_rotate(workspace=access.workspace, actor=request.user, name=name, secret=secret, door=DOOR)
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, f"{name}: {error.message}")
    else:
        messages.success(request, f"{name} is replaced; calls take the new key within two seconds.")
    return redirect("providers:keys", slug=slug)


@require_POST
@signed_in
def remove(request: UserRequest, slug: str, name: str) -> HttpResponseBase:
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    users = credential_remove(workspace=access.workspace, actor=request.user, name=name, door=DOOR)
    listed = f" It is still listed by {', '.join(users)}, which is passed over without another key." if users else ""
    messages.success(request, f"The key {name} is removed.{listed}")
    return redirect("providers:keys", slug=slug)


def _page(request: UserRequest, access: Access, form: Form) -> HttpResponseBase:
    users = list(Provider.objects.filter(workspace=access.workspace).order_by("name").values_list("name", "keys"))
    rows = Credential.objects.filter(workspace=access.workspace).defer("ciphertext").order_by("name")
    found = [(row, [name for name, listed in users if row.name in listed]) for row in rows.select_related("created_by")]
    context = {"access": access, "tab": "keys", "form": form, "keys": found}
    return render(request, "providers/keys.html", context, status=422 if form.errors else 200)
