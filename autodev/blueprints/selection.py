"""Which blueprint serves a Spec: what the user named wins, and where none fits the answer says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autodev.blueprints.blueprint import Blueprint
from autodev.spec.schema import Spec

PROJECT_TYPES = {
    "rest_api": "a REST API", "web_app": "a web application", "cli": "a command-line tool", "library": "a library",
    "static_page": "a static page", "realtime": "a realtime application", "unknown": "this kind of project",
}  # fmt: skip
DEFAULT_LANGUAGE = "python"
NO_COMMAND = (
    "Not yet: none of the tool's commands was understood, so there is nothing to make. Without a model a command-line "
    "tool can print figures of a table's columns, convert tables, and count lines and words, for example "
    '"reads a CSV file and prints count, mean, min and max of each numeric column".'
)


@dataclass(frozen=True)
class Selection:
    """The chosen blueprint, or None with the reason. `alternatives` are (name, why it was not chosen)."""

    blueprint: Blueprint | None
    reason: str
    alternatives: list[tuple[str, str]] = field(default_factory=list)


def choose(spec: Spec, blueprints: Sequence[Blueprint], *, wanted: str | None = None) -> Selection:
    """The blueprint that serves the Spec; among several the one that meets most of its preferences, else the first.
    `wanted` names one outright."""
    shown = [b for b in blueprints if not b.manifest.hidden or b.name == wanted]
    if wanted is not None:
        return _wanted(wanted, shown)
    misfits = {b.name: misfit(b, spec) for b in shown}
    fitting = [b for b in shown if misfits[b.name] is None]
    if not fitting:
        reasons = [(b.name, misfits[b.name] or "") for b in shown]
        return Selection(None, _not_yet(spec), reasons)
    if spec.project_type == "cli" and not spec.commands:
        return Selection(None, NO_COMMAND, [(b.name, "no command of the tool was understood") for b in shown])
    chosen = max(fitting, key=lambda b: len(_liked(b, spec)))  # the first of equals
    why_first = "meets more of the preferences" if _liked(chosen, spec) else "comes first"
    rest = [(b.name, misfits[b.name] or f"fits too; {chosen.name} {why_first}") for b in shown if b is not chosen]
    return Selection(chosen, _because(chosen, spec), rest)


def _liked(blueprint: Blueprint, spec: Spec) -> list[str]:
    """The preferences for a language, a framework or a database that the blueprint meets."""
    manifest = blueprint.manifest
    offered: dict[str, list[str]] = {
        "language": [manifest.language],
        "framework": [manifest.framework],
        "database": manifest.databases,
    }
    return [
        str(wish)
        for key, wish in spec.preferences.items()
        if _plain(str(wish)) in {_plain(name) for name in offered.get(key, ())}
    ]


def misfit(blueprint: Blueprint, spec: Spec) -> str | None:
    """Why the blueprint does not serve the Spec, or None."""
    manifest = blueprint.manifest
    language = (spec.language or DEFAULT_LANGUAGE).lower()
    if language != manifest.language:
        return f"writes {manifest.language.capitalize()}, not {spec.language}"
    if spec.project_type not in manifest.project_types:
        return f"does not make {PROJECT_TYPES[spec.project_type]}"
    if spec.framework and _plain(spec.framework) != _plain(manifest.framework):
        return f"uses {manifest.framework}, not {spec.framework}"
    if spec.database and manifest.databases and _plain(spec.database) not in {_plain(d) for d in manifest.databases}:
        return f"stores in {' or '.join(manifest.databases)}, not {spec.database}"
    return None


def _wanted(name: str, shown: list[Blueprint]) -> Selection:
    chosen = next((b for b in shown if b.name == name), None)
    rest = [(b.name, f"{name} was asked for") for b in shown if b is not chosen]
    if chosen is None:
        known = ", ".join(b.name for b in shown)
        return Selection(None, f"There is no blueprint {name!r}; there are: {known}.", rest)
    return Selection(chosen, f"{name} was asked for.", rest)


def _because(blueprint: Blueprint, spec: Spec) -> str:
    manifest = blueprint.manifest
    asked = " as asked" if spec.framework else ""
    liked = f", as preferred: {', '.join(_liked(blueprint, spec))}" if _liked(blueprint, spec) else ""
    return f"{manifest.title}: makes {PROJECT_TYPES[spec.project_type]} with {manifest.framework}{asked}{liked}."


def _not_yet(spec: Spec) -> str:
    stack = " with ".join(part for part in (spec.language, spec.framework) if part)
    if spec.database and not stack:
        stack = spec.database
    in_stack = f" in {stack}" if stack else ""
    return f"Not yet this stack: there is no blueprint for {PROJECT_TYPES[spec.project_type]}{in_stack}."


def _plain(name: str) -> str:
    """A framework's or database's name without case, spaces and marks: `PostgreSQL` and `postgres` are one."""
    plain = "".join(c for c in name.lower() if c.isalnum())
    return {"postgres": "postgresql", "sqlite3": "sqlite"}.get(plain, plain)
