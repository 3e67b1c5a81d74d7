"""Keys of providers: added, rotated, listed by name, removed. None is ever given back."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autodev.accounts.models import Workspace
from providers.api.base import DOOR, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.providers import CredentialGone, CredentialIn, CredentialOut, SecretIn
from providers.models import Credential, Provider
from providers.services.credentials import credential_add, credential_remove, credential_rotate


def _shown(rows: list[Credential], workspace: Workspace) -> list[Any]:
    keys = list(Provider.objects.filter(workspace=workspace).order_by("name").values_list("name", "keys"))
    return list(CredentialOut(rows, many=True, context={"keys": keys}).data)


@of_workspace
class Credentials(WorkspaceAPI):
    @extend_schema(operation_id="credentials_list", responses=CredentialOut(many=True))
    def get(self, request: Request) -> Response:
        """Their names, and who uses them. Not paged."""
        workspace = self.reading(request).workspace
        rows = Credential.objects.filter(workspace=workspace).select_related("created_by").order_by("name")
        return Response(_shown(list(rows), workspace))

    @extend_schema(operation_id="credentials_create", request=CredentialIn, responses={201: CredentialOut})
    def post(self, request: Request) -> Response:
        """Stores a key, encrypted, under a name that providers list in `keys`."""
        workspace, actor = self.changing(request)
        body = body_of(CredentialIn, request)
        row = credential_add(workspace=workspace, actor=actor, name=body["name"], secret=body["secret"], door=DOOR)
        return Response(_shown([row], workspace)[0], status=201)


@of_workspace
class CredentialOne(WorkspaceAPI):
    @extend_schema(operation_id="credentials_rotate", request=SecretIn, responses=CredentialOut)
    def put(self, request: Request, name: str) -> Response:
        """A new key in the place of the old one; calls from two seconds later on take it."""
        workspace, actor = self.changing(request)
        secret = body_of(SecretIn, request)["secret"]
        row = credential_rotate(workspace=workspace, actor=actor, name=name, secret=secret, door=DOOR)
        return Response(_shown([row], workspace)[0])

    @extend_schema(operation_id="credentials_destroy", responses=CredentialGone)
    def delete(self, request: Request, name: str) -> Response:
        """Removes it at once, also where providers still name it: the answer says which."""
        workspace, actor = self.changing(request)
        left = credential_remove(workspace=workspace, actor=actor, name=name, door=DOOR)
        return Response(CredentialGone({"named_by": left}).data)
