"""Screens and endpoints that follow from the entities: what the product shows of itself."""

from __future__ import annotations

from typing import Literal

from autodev.spec.rules.words import article, label, plural_label
from autodev.spec.schema import Endpoint, EntitySpec, ProjectType, Screen

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


def endpoints(entities: list[EntitySpec], project_type: ProjectType, *, auth: bool) -> list[Endpoint]:
    """Of a service; a web application has screens instead."""
    if project_type not in {"rest_api", "realtime"}:
        return []
    found = [Endpoint(method="GET", path="/health", summary="Tells that the service is up")]
    if auth:
        found.append(Endpoint(method="POST", path="/auth/register", summary="Opens an account"))
        found.append(Endpoint(method="POST", path="/auth/login", summary="Gives an access token"))
    for entity in entities:
        base, one = f"/{entity.slug.replace('_', '-')}", label(entity.name)
        plan: list[tuple[Method, str, str]] = [
            ("GET", base, f"Lists {plural_label(entity.name)}"),
            ("POST", base, f"Creates {article(one)}"),
            ("GET", f"{base}/{{id}}", f"Shows {article(one)}"),
            ("PATCH", f"{base}/{{id}}", f"Changes {article(one)}"),
            ("DELETE", f"{base}/{{id}}", f"Deletes {article(one)}"),
        ]
        plan += [("POST", f"{base}/{{id}}/{a.name.replace('_', '-')}", a.label) for a in entity.actions]
        found += [
            Endpoint(method=method, path=path, summary=summary, entity=entity.name) for method, path, summary in plan
        ]
    return found


def screens(entities: list[EntitySpec], project_type: ProjectType, *, auth: bool) -> list[Screen]:
    """Of a web application."""
    if project_type != "web_app":
        return []
    found = [Screen(name="home", title="Home", kind="home")]
    if auth:
        found += [
            Screen(name="sign_in", title="Sign in", kind="sign_in"),
            Screen(name="sign_up", title="Sign up", kind="sign_up"),
        ]
    for entity in entities:
        many, one = plural_label(entity.name).capitalize(), label(entity.name).capitalize()
        found += [
            Screen(name=f"{entity.slug}_list"[:62], title=many, kind="list", entity=entity.name),
            Screen(name=f"{entity.slug}_detail"[:62], title=one, kind="detail", entity=entity.name),
            Screen(name=f"{entity.slug}_form"[:62], title=f"Edit {one.lower()}", kind="form", entity=entity.name),
        ]
    return found
