"""What a Python repository says that it needs, from the files in which they say it. Nothing of it is run: a setup.py is
read as text."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

Read = Callable[[str], str]
FILES = (
    "requirements.txt", "requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "requirements-test.txt",
    "test-requirements.txt", "requirements/base.txt", "requirements/dev.txt", "requirements/test.txt",
    "requirements/tests.txt", "requirements/local.txt",
)  # fmt: skip
GROUPS = ("test", "tests", "testing", "dev", "develop", "development")
# By these the tests are run, whatever the repository says.
RUNNER = ("pytest",)
INCLUDES_MAX = 20
NAMED = 5


@dataclass
class Found:
    """`requirements` one for each package, `notes` what could not be taken over."""

    requirements: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Gathered:
    own: str = ""
    by_name: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        text = line.split(" #", 1)[0].split(" --hash", 1)[0].strip().rstrip("\\").strip()
        if not text or text.startswith("#"):
            return
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            self.left.append(text[:80])
            return
        if requirement.url is not None:
            self.left.append(text[:80])
            return
        name = canonicalize_name(requirement.name)
        if name != self.own:
            kept = self.by_name.setdefault(name, [])
            if str(requirement) not in kept:
                kept.append(str(requirement))


def required_by(paths: Sequence[str], read: Read) -> Found:
    """The requirements of the repository and of its tests, with what runs them."""
    there = set(paths)
    gathered = _Gathered()
    if "pyproject.toml" in there:
        _pyproject(read("pyproject.toml"), gathered)
    if "setup.cfg" in there:
        _setup_cfg(read("setup.cfg"), gathered)
    if "setup.py" in there:
        _setup_py(read("setup.py"), gathered)
    seen: set[str] = set()
    for name in FILES:
        if name in there:
            _file(name, there, read, gathered, seen)
    for name in RUNNER:
        gathered.by_name.setdefault(name, [name])
    notes = []
    if gathered.left:
        more = f" and {len(gathered.left) - NAMED} more" if len(gathered.left) > NAMED else ""
        said = ", ".join(gathered.left[:NAMED])
        notes.append(f"Only packages of the index are installed; left out: {said}{more}.")
    lines = [line for name in sorted(gathered.by_name) for line in gathered.by_name[name]]
    return Found(requirements=lines, notes=notes)


def _file(name: str, there: set[str], read: Read, gathered: _Gathered, seen: set[str]) -> None:
    """A requirements file, with those that it includes."""
    if name in seen or name not in there or len(seen) > INCLUDES_MAX:
        return
    seen.add(name)
    folder = name.rpartition("/")[0]
    for line in read(name).replace("\\\n", " ").splitlines():
        text = line.strip()
        if text.startswith(("-r", "--requirement")):
            target = text.split(None, 1)[-1].removeprefix("-r").removeprefix("--requirement=").strip()
            _file(f"{folder}/{target}" if folder else target, there, read, gathered, seen)
        elif text.startswith(("-e", "--editable")):
            if text.split(None, 1)[-1].strip() not in {".", "./"}:
                gathered.left.append(text[:80])
        elif not text.startswith("-"):
            gathered.add(text)


def _pyproject(text: str, gathered: _Gathered) -> None:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        gathered.left.append("pyproject.toml (not TOML)")
        return
    project = _table(data, "project")
    gathered.own = canonicalize_name(str(project.get("name", "")))
    _all(project.get("dependencies"), gathered)
    extras, groups = _table(project, "optional-dependencies"), _table(data, "dependency-groups")
    for name in GROUPS:
        _all(extras.get(name), gathered)
        _all(groups.get(name), gathered)
    poetry = _table(_table(data, "tool"), "poetry")
    if poetry:
        gathered.own = gathered.own or canonicalize_name(str(poetry.get("name", "")))
        _poetry(_table(poetry, "dependencies"), gathered)
        _poetry(_table(poetry, "dev-dependencies"), gathered)
        for name in GROUPS:
            _poetry(_table(_table(_table(poetry, "group"), name), "dependencies"), gathered)


def _poetry(table: Mapping[str, Any], gathered: _Gathered) -> None:
    """Poetry's own words for ranges: `^1.2` and `~1.2` become a lower bound, which its lock would have narrowed."""
    for name, value in table.items():
        if name.lower() == "python":
            continue
        wanted = value.get("version", "*") if isinstance(value, Mapping) else value
        if isinstance(value, Mapping) and not {"git", "path", "url"}.isdisjoint(value):
            gathered.left.append(name)
            continue
        text = str(wanted).strip()
        if text.startswith(("^", "~")) and not text.startswith("~="):
            text = f">={text.lstrip('^~').strip()}"
        elif text[:1].isdigit():
            text = f"=={text}"
        gathered.add(name if text in {"*", ""} else f"{name}{text}")


def _setup_cfg(text: str, gathered: _Gathered) -> None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        gathered.left.append("setup.cfg (cannot be read)")
        return
    _all(parser.get("options", "install_requires", fallback="").splitlines(), gathered)
    _all(parser.get("options", "tests_require", fallback="").splitlines(), gathered)
    for name in GROUPS:
        _all(parser.get("options.extras_require", name, fallback="").splitlines(), gathered)


def _setup_py(text: str, gathered: _Gathered) -> None:
    """The lists that stand in a call of `setup` word by word; what is computed is not known."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        gathered.left.append("setup.py (cannot be read)")
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) != "setup":
            continue
        for word in node.keywords:
            if word.arg in {"install_requires", "tests_require", "extras_require"}:
                try:
                    value = ast.literal_eval(word.value)
                except (ValueError, TypeError, RecursionError, MemoryError):
                    gathered.left.append(f"setup.py: {word.arg} (computed)")
                    continue
                if isinstance(value, dict):
                    for name in GROUPS:
                        _all(value.get(name), gathered)
                _all(value, gathered)


def _all(lines: object, gathered: _Gathered) -> None:
    if isinstance(lines, Iterable) and not isinstance(lines, str | Mapping):
        for line in lines:
            if isinstance(line, str):
                gathered.add(line)


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}
