"""The Spec of a build: read, changed, restored, approved."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from autodev.api.authentication import actor_of
from autodev.lib.errors import DomainError
from projects.api.serializers import BuildDetail
from projects.api.spec_serializers import NUMBER_MAX, RevisionDetail, RevisionOut, SpecIn, SpecOut, VersionIn
from projects.api.views.builds import detail_of
from projects.models import Build, SpecRevision
from projects.selectors.builds import build_for_user
from projects.selectors.spec import awaits_approval, current_revision, revision_of, revisions_of
from projects.services.approve import approve_spec
from projects.services.errors import SpecChanged
from projects.services.spec import edit_spec, restore_spec

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER,
    description='The version that you changed, quoted as the ETag has it: `"3"`. `version` in the body does as well.',
)  # fmt: skip
NUMBER = OpenApiParameter(
    "number", {"type": "integer", "minimum": 1, "maximum": NUMBER_MAX}, OpenApiParameter.PATH,
    description="The revision's number.",
)  # fmt: skip


class NoVersion(DomainError):
    code = "version_required"
    status = 428
    hint = "GET the Spec: its ETag is the version."


class NotTheNewest(DomainError):
    code = "spec_changed"
    status = 412
    hint = SpecChanged.hint


class UnreadableVersion(DomainError):
    code = "invalid"
    status = 400
    hint = 'If-Match takes one version in quotes: `"3"`.'


def expected(request: Request, body: dict[str, Any]) -> int:
    """The version that the caller changed. Raises NoVersion, UnreadableVersion."""
    header = request.headers.get("If-Match", "").strip()
    if header:
        found = re.fullmatch(r'(?:W/)?"?([0-9]{1,9})"?', header)
        if found is None:
            raise UnreadableVersion("The If-Match header cannot be read.")
        return int(found[1])
    if body.get("version") is None:
        raise NoVersion("It is not said which version was changed.")
    return int(body["version"])


@contextmanager
def precondition(request: Request) -> Iterator[None]:
    """A version that was named by the header and is not the newest is a failed precondition."""
    try:
        yield
    except SpecChanged as changed:
        if request.headers.get("If-Match"):
            raise NotTheNewest(changed.message) from changed
        raise


def shown(build: Build) -> Response:
    """The Spec with its version as ETag."""
    revision = current_revision(build)
    version = revision.number if revision else 0
    answer = {
        "version": version,
        "spec": build.spec,
        "revision": _row(revision) if revision else None,
        "awaits_approval": awaits_approval(build),
    }
    return Response(SpecOut(answer).data, headers={"ETag": f'"{version}"'})


def _row(revision: SpecRevision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "origin": revision.origin,
        "author": str(revision.author) if revision.author else None,
        "created_at": revision.created_at,
        "changes": revision.changes,
        "restored": revision.restored,
        "approved_by": str(revision.approved_by) if revision.approved_by else None,
        "approved_at": revision.approved_at,
    }


class SpecOne(APIView):
    @extend_schema(operation_id="builds_spec", responses=SpecOut)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """The Spec with its version, which is the ETag, too."""
        return shown(build_for_user(actor_of(request), build_id).build)

    @extend_schema(operation_id="builds_spec_edit", request=SpecIn, responses=SpecOut, parameters=[IF_MATCH])
    def put(self, request: Request, build_id: uuid.UUID) -> Response:
        """Replaces the Spec. What came of the old one runs again, with checks frozen anew. 422 names every place at
        fault; 412 (409 with `version` in the body) where somebody else was faster."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = SpecIn(data=request.data)
        body.is_valid(raise_exception=True)
        version = expected(request, body.validated_data)
        with precondition(request):
            edit_spec(build=build, actor=actor.user, spec=body.validated_data["spec"], expected_version=version)
        return shown(build_for_user(actor, build_id).build)


class Approve(APIView):
    @extend_schema(operation_id="builds_spec_approve", request=VersionIn, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """The build that waits for a review of its Spec goes on. With `version` only that one is approved; 409 where
        the Spec has changed, and where no approval is waited for."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = VersionIn(data=request.data)
        body.is_valid(raise_exception=True)
        approved = approve_spec(build=build, actor=actor.user, expected_version=body.validated_data.get("version"))
        return Response(detail_of(approved))


class Revisions(APIView):
    @extend_schema(operation_id="builds_spec_revisions", responses=RevisionOut(many=True))
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """Every revision of the Spec, newest first. Not paged."""
        build = build_for_user(actor_of(request), build_id).build
        return Response(RevisionOut([_row(one) for one in revisions_of(build)], many=True).data)


class RevisionOne(APIView):
    @extend_schema(operation_id="builds_spec_revision", responses=RevisionDetail, parameters=[NUMBER])
    def get(self, request: Request, build_id: uuid.UUID, number: int) -> Response:
        """One revision in full, with what had been proved of it."""
        revision = revision_of(build_for_user(actor_of(request), build_id).build, number)
        return Response(RevisionDetail({**_row(revision), "spec": revision.spec, "evidence": revision.evidence}).data)


class Restore(APIView):
    @extend_schema(
        operation_id="builds_spec_restore", request=VersionIn, responses=SpecOut, parameters=[IF_MATCH, NUMBER]
    )
    def post(self, request: Request, build_id: uuid.UUID, number: int) -> Response:
        """The Spec is what it was at that revision again, as a new revision: the undo of the edits since."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = VersionIn(data=request.data)
        body.is_valid(raise_exception=True)
        version = expected(request, body.validated_data)
        with precondition(request):
            restore_spec(build=build, actor=actor.user, number=number, expected_version=version)
        return shown(build_for_user(actor, build_id).build)
