"""Models on one's own machines: found at the usual ports or at an address, and added in one step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from providers.forms import EndpointForm
from providers.local import LocalEndpoint, NoEndpoint, find_local, look_at
from providers.services import local as services
from providers.services.errors import NoSuchThing
from providers.views.frame import DOOR, providers_access


@require_http_methods(["GET", "POST"])
@signed_in
def local(request: UserRequest, slug: str) -> HttpResponseBase:
    """POST looks: at `url`, else at the usual ports of this host."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    form = EndpointForm(request.POST if "url" in request.POST else None)
    found: tuple[LocalEndpoint, ...] = ()
    looked = request.method == "POST"
    if looked and not form.is_bound:
        found = find_local()
    elif looked and form.is_valid():
        try:
            found = (look_at(form.cleaned_data["url"]),)
        except NoEndpoint as error:
            form.add_error("url", str(error))
    context = {"access": access, "tab": "health", "form": form, "found": found, "looked": looked}
    return render(request, "providers/local.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def local_add(request: UserRequest, slug: str) -> HttpResponseBase:
    """Looks once more, so that what is stored is what the endpoint says. Raises NoSuchThing where it is gone."""
    access = providers_access(request, slug, at_least=Role.MAINTAINER)
    try:
        endpoint = look_at(request.POST.get("api_base", "")[:300])
    except NoEndpoint as error:
        raise NoSuchThing(str(error)) from error
    model = next((one for one in endpoint.models if one.model == request.POST.get("model")), None)
    if model is None:
        raise NoSuchThing("The endpoint does not have this model any more.")
    row = services.local_add(workspace=access.workspace, actor=request.user, endpoint=endpoint, model=model, door=DOOR)
    messages.success(request, f"{row.name} is {model.name} now, in the default chain. Test it on its card.")
    return redirect("providers:health", slug=slug)
