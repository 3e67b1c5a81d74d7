"""Carrying a fix out: what changes, what cannot be done, and that links stay unharmed."""

from __future__ import annotations

import pytest

from projects.fixes.apply import applier
from projects.fixes.types import Fix, ToolRun
from tests.checks import sample
from tests.fixes.conftest import Workshop

pytestmark = pytest.mark.feature("F1.12")


def carry_out(workshop: Workshop, fix: Fix) -> bool:
    apply = applier(
        root=workshop.root, manifest=sample.MANIFEST, lock=workshop.lock, backend=workshop.backend,
        layers=workshop.layers,
    )  # fmt: skip
    return apply(fix)


def tool(program: str, *arguments: str) -> Fix:
    return Fix(fixer="f", title="t", tool=ToolRun(program=program, arguments=arguments, paths=("counter/main.py",)))


def test_only_what_differs_counts(workshop: Workshop) -> None:
    sample.write(workshop.root)
    same = Fix(fixer="f", title="t", edits={"README.md": sample.FILES["README.md"]})
    assert not carry_out(workshop, same)
    assert carry_out(workshop, Fix(fixer="f", title="t", edits={"counter/new/__init__.py": ""}))
    assert (workshop.root / "counter/new/__init__.py").read_text() == ""


def test_packages_cannot_be_added_without_a_resolver(workshop: Workshop) -> None:
    assert not carry_out(workshop, Fix(fixer="f", title="t", edits={"a.txt": "x"}, requirements=("httpx",)))
    assert not (workshop.root / "a.txt").exists()


@pytest.mark.parametrize("fix", [tool("no-such-tool"), tool("ruff", "no-such-command")])
def test_a_tool_that_is_missing_or_fails_changes_nothing(workshop: Workshop, fix: Fix) -> None:
    sample.write(workshop.root)
    assert not carry_out(workshop, fix)
    assert (workshop.root / "counter/main.py").read_text() == sample.FILES["counter/main.py"]


def test_an_odd_name_is_taken_as_it_is(workshop: Workshop) -> None:
    sample.write(workshop.root, {"counter/a[1].py": "x  =  1\n", "counter/a1.py": "x  =  1\n"})
    run = ToolRun(program="ruff", arguments=("format", "--no-cache"), paths=("counter/a[1].py",))
    assert carry_out(workshop, Fix(fixer="f", title="t", tool=run))
    assert (workshop.root / "counter/a[1].py").read_text() == "x = 1\n"
    assert (workshop.root / "counter/a1.py").read_text() == "x  =  1\n"


def test_a_file_that_is_no_utf8_is_left_alone(workshop: Workshop) -> None:
    sample.write(workshop.root)
    (workshop.root / "counter/latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx  = '\xe9'\n")
    run = ToolRun(program="ruff", arguments=("format", "--no-cache"), paths=("counter/latin.py",))
    assert not carry_out(workshop, Fix(fixer="f", title="t", tool=run))
