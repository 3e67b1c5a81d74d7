"""Models on one's own machines: looked for, and added in one step."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from providers.api.base import DOOR, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.local import LocalAddIn, LocalEndpointOut, LookIn
from providers.api.serializers.providers import ProviderOut
from providers.api.views.providers import one_provider
from providers.local import LocalEndpoint, NoEndpoint, find_local, look_at
from providers.services.errors import NoSuchThing
from providers.services.local import local_add


@of_workspace
class LocalLook(WorkspaceAPI):
    @extend_schema(operation_id="local_look", request=LookIn, responses=LocalEndpointOut(many=True))
    def post(self, request: Request) -> Response:
        """What answers at the usual ports of the server's own machine, or at `url`, and the models it has. Nothing is
        stored. 404 says what came instead at `url`. For maintainers."""
        self.changing(request)
        url = body_of(LookIn, request).get("url", "")
        found = (_at(url),) if url else find_local()
        return Response(LocalEndpointOut(found, many=True).data)


@of_workspace
class LocalAdd(WorkspaceAPI):
    @extend_schema(operation_id="local_add", request=LocalAddIn, responses={201: ProviderOut})
    def post(self, request: Request) -> Response:
        """Adds a model of an endpoint to the default chain, before the emergency provider. Without a name the first
        takes the place of the provider `local` that ships, and others get one of their own."""
        workspace, actor = self.changing(request)
        body = body_of(LocalAddIn, request)
        endpoint = _at(body["url"])
        wanted = body.get("model", "")
        model = next((one for one in endpoint.models if wanted in {"", one.name, one.model}), None)
        if model is None:
            names = ", ".join(one.name for one in endpoint.models) or "none"
            raise NoSuchThing(f"{endpoint.api_base} has no model {wanted!r}.", hint=f"It has: {names}.")
        row = local_add(
            workspace=workspace, actor=actor, endpoint=endpoint, model=model, name=body.get("name", ""), door=DOOR
        )
        return one_provider(workspace, row.name, 201)


def _at(url: str) -> LocalEndpoint:
    """Raises NoSuchThing."""
    try:
        return look_at(url)
    except NoEndpoint as error:
        raise NoSuchThing(
            str(error), hint="Start the server, or give its address as this machine reaches it."
        ) from error
