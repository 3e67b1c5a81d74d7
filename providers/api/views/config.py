"""The workspace's models.yaml: read, imported, previewed, its history, and the way back."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from providers.api.base import DOOR, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.config import ConfigDiffOut, ConfigRevisionDetail, ConfigRevisionOut, ImportIn, TextIn
from providers.config import revisions, store
from providers.config.transfer import export_config, export_seed, import_config, preview, revert

YAML = "application/yaml"
SOURCE = "models.yaml"
NUMBER = OpenApiParameter(
    "number", {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, OpenApiParameter.PATH,
    description="The revision's number.",
)  # fmt: skip
FORMS = {"yaml": YAML, "json": "application/json", "seed": "application/json"}


IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER,
    description='The revision that you changed, quoted as the ETag has it: `"3"`. Without it the last one wins.',
)  # fmt: skip


def expected(request: Request) -> int | None:
    """The revision that the caller changed, where it says so. Raises ParseError."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return None
    found = re.fullmatch(r'(?:W/)?"?([0-9]{1,9})"?', header)
    if found is None:
        raise ParseError('If-Match takes one revision in quotes: "3".')
    return int(found[1])


class YamlText(BaseParser):
    """The file itself as the body."""

    media_type = YAML

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        try:
            return {"text": stream.read().decode()}
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error


@of_workspace
class Config(WorkspaceAPI):
    parser_classes = (JSONParser, YamlText)

    @extend_schema(
        operation_id="config_retrieve",
        parameters=[
            OpenApiParameter(
                "as", str, enum=list(FORMS), description="`seed` is the JSON in three sections; `yaml` if left out."
            )
        ],
        responses={
            (200, YAML): OpenApiResponse(OpenApiTypes.OBJECT),
            (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT),
        },
    )
    def get(self, request: Request) -> HttpResponse | Response:
        """The whole configuration. Of keys it has the names. Its ETag is the number of the newest revision."""
        form = request.query_params.get("as") or "yaml"
        if form not in FORMS:
            raise ValidationError({"as": f"One of {', '.join(FORMS)}."})
        workspace = self.reading(request).workspace
        tag = {"ETag": f'"{revisions.newest(workspace.pk)}"'}  # read first, so that it is never newer than the text
        if form == "json":
            return Response(store.read(workspace.pk).stated(), headers=tag)
        text = export_config(workspace) if form == "yaml" else export_seed(workspace)
        return HttpResponse(text, content_type=FORMS[form], headers=tag)

    @extend_schema(
        operation_id="config_import",
        request={"application/json": ImportIn, YAML: OpenApiTypes.STR},
        responses=ConfigRevisionOut,
        parameters=[IF_MATCH],
    )
    def put(self, request: Request) -> Response:
        """Makes the text what the workspace has, as a whole or not at all: 422 names every mistake with its line. All
        processes go by it within two seconds. A text that changes nothing makes no revision. 412 where If-Match names
        another revision than the newest."""
        workspace, actor = self.changing(request)
        body = body_of(ImportIn, request)
        import_config(
            workspace=workspace, text=body["text"], actor=actor, note=body.get("note", ""), door=DOOR, source=SOURCE,
            expected=expected(request),
        )  # fmt: skip
        return Response(ConfigRevisionOut(revisions.history(workspace.pk, limit=1)[0]).data)


@of_workspace
class Preview(WorkspaceAPI):
    parser_classes = (JSONParser, YamlText)

    @extend_schema(
        operation_id="config_preview",
        request={"application/json": TextIn, YAML: OpenApiTypes.STR},
        responses=ConfigDiffOut,
    )
    def post(self, request: Request) -> Response:
        """What an import would change. Nothing is written."""
        workspace = self.reading(request).workspace
        found = preview(workspace, body_of(TextIn, request)["text"], source=SOURCE)
        return Response(ConfigDiffOut({"diff": found}).data)


@of_workspace
class Revisions(WorkspaceAPI):
    @extend_schema(operation_id="config_revisions", responses=ConfigRevisionOut(many=True))
    def get(self, request: Request) -> Response:
        """The last hundred changes, through whichever door they came, the newest first."""
        rows = revisions.history(self.reading(request).workspace.pk, limit=100)
        return Response(ConfigRevisionOut(rows, many=True).data)


@of_workspace
class RevisionOne(WorkspaceAPI):
    @extend_schema(operation_id="config_revision", responses=ConfigRevisionDetail, parameters=[NUMBER])
    def get(self, request: Request, number: int) -> Response:
        """One revision in full, with what it changed."""
        workspace = self.reading(request).workspace
        return Response(ConfigRevisionDetail(revisions.revision(workspace.pk, number)).data)


@of_workspace
class Revert(WorkspaceAPI):
    @extend_schema(operation_id="config_revert", request=None, responses=ConfigRevisionOut, parameters=[NUMBER])
    def post(self, request: Request, number: int) -> Response:
        """The configuration is what it was at that revision again, as a new revision."""
        workspace, actor = self.changing(request)
        return Response(ConfigRevisionOut(revert(workspace=workspace, number=number, actor=actor, door=DOOR)).data)
