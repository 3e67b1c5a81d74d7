"""Errors as RFC 9457 problem documents: one form for domain errors, framework errors and our own mistakes."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from autodev.lib.errors import DomainError, FieldError

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
HINTS = {
    401: "Send `Authorization: Bearer <API key>`; keys are made in the workspace's settings.",
    405: "The Allow header names what this address takes.",
    415: "Send JSON with `Content-Type: application/json`.",
    429: "Wait as long as the Retry-After header says.",
}


def problem(
    *, status: int, code: str, detail: str, hint: str = "", errors: Sequence[FieldError] = ()
) -> dict[str, Any]:
    """The document. `code` is stable and for programs; `detail` and `hint` are for people; `errors` names fields."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if hint:
        document["hint"] = hint
    if errors:
        document["errors"] = list(errors)
    return document


def _flat(detail: Any, field: str = "") -> list[FieldError]:
    """The framework's nested detail as a list of {field, message}."""
    if isinstance(detail, dict):
        return [e for key, value in detail.items() for e in _flat(value, f"{field}.{key}".strip("."))]
    if isinstance(detail, list):
        return [e for value in detail for e in _flat(value, field)]
    return [{"field": field, "message": str(detail)}]


def _of(error: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    if isinstance(error, DomainError):
        document = problem(
            status=error.status, code=error.code, detail=error.message, hint=error.hint, errors=error.errors
        )
        return document, {}
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return problem(status=500, code="internal_error", detail="Something broke here; the error is in the log."), {}
    headers: dict[str, str] = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]  # set by the framework's handle_exception
    wait_s = getattr(error, "wait", None)  # of Throttled
    if wait_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        errors = _flat(error.detail)
        return problem(status=status, code="invalid", detail="The request is not valid.", errors=errors), headers
    code = str(getattr(error.detail, "code", error.default_code))
    return problem(status=status, code=code, detail=str(error.detail), hint=HINTS.get(status, "")), headers


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """The framework's exception handler. What nobody expected is logged, and answered without its text."""
    document, headers = _of(error)
    if document["status"] >= 500:
        log.error("api.failed", exc_info=error)
    set_rollback()
    return Response(document, status=document["status"], headers=headers, content_type=CONTENT_TYPE)


def unknown_address(request: HttpRequest, rest: str = "") -> JsonResponse:
    """404 for what lies below /api/ and is no endpoint."""
    document = problem(
        status=404, code="not_found", detail="There is no such endpoint.", hint="GET /api/v1/schema/ lists them."
    )
    return JsonResponse(document, status=404, content_type=CONTENT_TYPE)
