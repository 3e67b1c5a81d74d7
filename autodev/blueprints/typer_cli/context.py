"""What the tool's templates see."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import dataclass

from autodev.blueprints.python.names import dashes
from autodev.blueprints.python.pins import pinned, requirements_of
from autodev.blueprints.render import BlueprintError, Rendering
from autodev.blueprints.text import py_doc, sentence
from autodev.blueprints.typer_cli import samples
from autodev.spec.commands import Command, Operation
from autodev.spec.schema import Spec

FORMATS = ("csv", "tsv", "json", "jsonl", "markdown")
STATISTICS = ("count", "mean", "min", "max", "sum", "median", "stdev")
# Names that a package of ours would hide.
_TAKEN = sys.stdlib_module_names | {"click", "rich", "typer", "pytest", "mypy", "tests", "src"}


@dataclass(frozen=True)
class CommandView:
    """A command as templates see it. `words` are what stands between the tool's name and the arguments."""

    spec: Command
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def function(self) -> str:
        return f"{self.spec.name.replace('-', '_')}_command"

    @property
    def kind(self) -> str:
        return self.spec.operation.kind

    @property
    def operation(self) -> Operation:
        return self.spec.operation

    @property
    def help(self) -> str:
        return sentence(self.spec.help) or f"Runs {self.spec.name}."

    @property
    def test_name(self) -> str:
        return self.spec.name.replace("-", "_")


def rendering(spec: Spec) -> Rendering:
    """The rendering of a Spec. Raises BlueprintError where it asks for no command, or for one that is not made here."""
    if not spec.commands:
        raise BlueprintError("the Spec names no command, so there is nothing that the tool could do")
    for command in spec.commands:
        if command.operation.kind == "record":
            raise BlueprintError(f"the command {command.name} keeps records, which this blueprint does not make")
    single = len(spec.commands) == 1
    commands = [CommandView(command, () if single else (command.name,)) for command in spec.commands]
    operations = [command.operation for command in spec.commands]
    kinds = sorted({operation.kind for operation in operations})
    read = {o.format for o in operations if o.kind == "table_stats"}
    read |= {o.source for o in operations if o.kind == "table_convert"}
    written = {o.target for o in operations if o.kind == "table_convert"}
    asked = {name for o in operations if o.kind == "table_stats" for name in o.statistics}
    package = package_name(spec.name)
    variables = {
        "package": package,
        "slug": dashes(spec.name),
        "about": sentence(spec.summary or spec.idea),
        "commands": commands,
        "single": single,
        "kinds": kinds,
        "tabular": bool(read),
        "sources": [name for name in FORMATS if name in read],
        "targets": [name for name in FORMATS if name in written],
        "delimited_sources": bool(read & {"csv", "tsv"}),
        "json_sources": "json" in read,
        "delimited_targets": bool(written & {"csv", "tsv"}),
        "json_targets": bool(written & {"json", "jsonl"}),
        "statistics": [name for name in STATISTICS if name in asked],
        "samples": samples,
        "docstring": docstring,
        "pinned": pinned,
        "requirements_of": requirements_of,
    }
    parts = {
        "tables.py": bool(read),
        "summary.py": "table_stats" in kinds,
        "converting.py": "table_convert" in kinds,
        "counting.py": "text_count" in kinds,
        "test_tables.py": bool(read),
        "test_summary.py": "table_stats" in kinds,
        "test_converting.py": "table_convert" in kinds,
        "test_counting.py": "text_count" in kinds,
    }

    def skip(path: str) -> bool:
        return not parts.get(path.rpartition("/")[2], True)

    return Rendering(variables, names={"package": package}, skip=skip)


def docstring(text: str) -> str:
    """The text as a function's docstring, which Typer shows as help; further lines are indented by four blanks."""
    lines = textwrap.wrap(py_doc(text), 106, break_long_words=False, break_on_hyphens=False)
    return '"""' + "\n    ".join(lines) + '"""'


def package_name(name: str) -> str:
    """The import name: the Spec's, unless that would hide another module."""
    return f"{name}_tool" if name in _TAKEN else name
