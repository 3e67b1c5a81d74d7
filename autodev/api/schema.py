"""The OpenAPI document: every operation names the problem documents it may answer with."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

PROBLEM = {
    "type": "object",
    "description": "An error, as RFC 9457 has it. `code` is stable.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
MEANINGS = {
    "400": "The request is not valid.",
    "401": "No key or session, or one that is not good any more.",
    "403": "The role or the key's scopes do not reach this.",
    "404": "There is no such thing, or it is not yours to see.",
    "405": "The address does not take this method.",
    "406": "The address does not speak the type that was asked for.",
    "409": "It does not fit the state of things.",
    "415": "The body must be JSON.",
    "422": "The request can be read but not carried out.",
    "429": "Too many requests.",
}
# Of operations that take If-Match.
CONDITIONAL = {
    "412": "What If-Match names is not the newest version.",
    "428": "Say which version you changed: If-Match, or `version` in the body.",
}


class Schema(AutoSchema):
    """Operations are named after the view's method and path, tags after the first word of the path."""

    def get_tags(self) -> list[str]:
        words = [w for w in self.path.split("/") if w and not w.startswith("{")]
        return [words[2] if len(words) > 2 else words[-1]]


def add_problem_responses(result: dict[str, Any], generator: SchemaGenerator, **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: adds the problem document to every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            conditional = any(one["name"] == "If-Match" for one in operation.get("parameters", ()))
            for status, meaning in {**MEANINGS, **(CONDITIONAL if conditional else {})}.items():
                operation["responses"].setdefault(status, {"description": meaning, "content": content})
    return result


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular registers subclasses by an untyped hook
    target_class = "autodev.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "ad_<prefix>_<secret>"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    target_class = "autodev.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
