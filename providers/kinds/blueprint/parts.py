"""How rendered files are told apart into commits that a reader of the history can follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    title: str
    files: dict[str, str]


def parts(files: Mapping[str, str], *, source: str, tests: str) -> list[Part]:
    """The files in three parts, in the order in which a person would commit them; an empty part is left out."""
    groups: dict[str, dict[str, str]] = {"application": {}, "tests": {}, "delivery": {}}
    for path, text in sorted(files.items()):
        groups[_group(path, tests=tests)][path] = text
    titles = {
        "application": f"Add the application ({source})",
        "tests": "Add the tests",
        "delivery": "Add documentation, container files and the CI workflow",
    }
    return [Part(titles[name], chosen) for name, chosen in groups.items() if chosen]


def _group(path: str, *, tests: str) -> str:
    if path.startswith(f"{tests}/"):
        return "tests"
    top = path.split("/", 1)[0]
    if top in {"docs", ".github", "Dockerfile", "compose.yaml", ".dockerignore", "LICENSE", "CHANGELOG.md"}:
        return "delivery"
    return "application"
