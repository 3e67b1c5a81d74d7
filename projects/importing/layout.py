"""How a repository is built and tested, by the conventions of its language. Pure: it reads paths and texts, and runs
nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from autodev.blueprints.manifest import Language
from projects.importing.requirements import Found, required_by

Read = Callable[[str], str]
# Files that say which language a repository is of, and the command by which its tests are run there.
OTHERS: tuple[tuple[str, Language, str], ...] = (
    ("package.json", "javascript", "npm test"),
    ("go.mod", "go", "go test ./..."),
    ("Cargo.toml", "rust", "cargo test"),
    ("pom.xml", "java", "mvn test"),
    ("build.gradle", "java", "gradle test"),
    ("build.gradle.kts", "java", "gradle test"),
)
PYTHON_FILES = ("pyproject.toml", "requirements.txt", "setup.cfg", "setup.py", "Pipfile", "tox.ini", "pytest.ini")
_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")
_NOT_SOURCE = frozenset({"tests", "test", "docs", "doc", "examples", "example", "scripts", "benchmarks", "bench"})
_MINIMUM = re.compile(r">=\s*(3\.\d+)")
NEWEST = "3.11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`language`: python, one of the recognised others, or "other". `tests` is where they lie, empty where there are
    none; `source` the package that is looked at; `command` how another language's tests would be run."""

    language: Language
    requirements: tuple[str, ...] = ()
    source: str = "."
    tests: str = ""
    python: str = f">={NEWEST}"
    command: str = ""
    notes: tuple[str, ...] = ()


def layout_of(paths: Sequence[str], read: Read) -> Layout:
    """What the conventions say of these files. `read` gives a file's text, empty for one that is none."""
    there = set(paths)
    python = [path for path in paths if path.endswith(".py")]
    if any(name in there for name in PYTHON_FILES) or python:
        other = next((one for one in OTHERS if one[0] in there), None)
        if python or other is None:
            return _python(paths, read)
    for name, language, command in OTHERS:
        if name in there:
            said = f"It is tested by `{command}`, which cannot be run here yet: only Python can."
            return Layout(language=language, command=command, notes=(said,))
    return Layout(language="other", notes=("Nothing says which language it is of, or how it is tested.",))


def _python(paths: Sequence[str], read: Read) -> Layout:
    found: Found = required_by(paths, read)
    project = _project(read("pyproject.toml") if "pyproject.toml" in paths else "")
    tests = _tests(paths)
    notes = list(found.notes)
    if not tests:
        notes.append("No test was found by convention (test_*.py, *_test.py): nothing shows that what works stays.")
    return Layout(
        language="python", requirements=tuple(found.requirements), source=_source(paths, project), tests=tests,
        python=_python_of(project), notes=tuple(notes),
    )  # fmt: skip


def _tests(paths: Sequence[str]) -> str:
    """The folder that holds every test, else the root; empty without one."""
    found = [path for path in paths if _TEST.search(path)]
    if not found:
        return ""
    tops = {path.split("/", 1)[0] for path in found if "/" in path}
    if len(tops) == 1 and all("/" in path for path in found) and tops <= {"tests", "test"}:
        return tops.pop()
    return "."


def _source(paths: Sequence[str], project: Mapping[str, Any]) -> str:
    """The package that the project is named after, else its only one, else the root."""
    packages = {}
    for path in paths:
        parts = PurePosixPath(path).parts
        if parts[-1] == "__init__.py" and len(parts) == 2 and parts[0] not in _NOT_SOURCE:
            packages[parts[0]] = parts[0]
        if parts[-1] == "__init__.py" and len(parts) == 3 and parts[0] == "src":
            packages[parts[1]] = f"src/{parts[1]}"
    name = str(project.get("name", "")).replace("-", "_").lower()
    if name in packages:
        return packages[name]
    return next(iter(packages.values())) if len(packages) == 1 else "."


def _project(text: str) -> Mapping[str, Any]:
    try:
        found = tomllib.loads(text).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _python_of(project: Mapping[str, Any]) -> str:
    """The lower bound that it names, where this platform's Python is newer; else that."""
    match = _MINIMUM.search(str(project.get("requires-python", "")))
    newest = tuple(map(int, NEWEST.split(".")))
    if match and tuple(map(int, match[1].split("."))) >= newest:
        return f">={match[1]}"
    return f">={NEWEST}"
