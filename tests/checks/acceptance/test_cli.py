"""Checks of a command: the tool passes all, and each broken rule turns its check red."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend
from autodev.spec.checks import CliCheck, CliRun
from projects.checks.acceptance import CheckOutcome, Product, cli_runner, run_acceptance, workspaces
from tests.checks.acceptance.cast import broken, frozen

CHECKS = [
    CliCheck(
        id="counts",
        title="counts words",
        files={"in/a.txt": "one two\nthree"},
        runs=(
            CliRun(args=("in/a.txt",), stdout_contains=("3 words",), stdout_lacks=("Trace",), stdout_regex=(r"^ +3 ",)),
            CliRun(args=("-",), stdin="a b", output_contains=("2 words",)),
        ),
    ),
    CliCheck(
        id="missing", title="missing file", runs=(CliRun(args=("b",), exit_code=1, stderr_contains=("no such",)),)
    ),
    CliCheck(id="usage", title="wrong usage", runs=(CliRun(args=(), exit_code=2), CliRun(args=(), exit_code=None))),
]

MUTATIONS = [
    ("counts", "len(text.split())", "1 + len(text.split())", "'3 words' in standard output"),
    ("counts", ":6}", "}", "standard output to match"),
    ("counts", ' words")', ' words Trace")', "no 'Trace' in standard output"),
    ("counts", "sys.stdin.read()", "'a b c'", "'2 words' in the output"),
    ("missing", "no such file", "what", "'no such' in standard error"),
    ("missing", "return 1", "return 0", "exit code 1"),
    ("usage", "return 2", "return 1", "exit code 2"),
]


def outcome(product: Product, backend: SandboxBackend, name: str) -> CheckOutcome:
    chosen = frozen(*(check for check in CHECKS if check.id == name))
    return run_acceptance(checks=chosen, product=product, backend=backend)[0]


@pytest.mark.parametrize("name", [check.id for check in CHECKS])
def test_working_tool_passes(name: str, wordcount: Product, backend: SandboxBackend) -> None:
    found = outcome(wordcount, backend, name)
    assert (found.status, found.failure) == ("passed", "")


@pytest.mark.parametrize(("name", "good", "bad", "expected"), MUTATIONS)
def test_broken_rule_turns_its_check_red(
    name: str, good: str, bad: str, expected: str, wordcount: Product, backend: SandboxBackend, tmp_path: Path
) -> None:
    found = outcome(broken(wordcount, tmp_path / "broken", "wordcount.py", good, bad), backend, name)
    assert found.status == "failed"
    assert expected in found.failure


def test_command_that_dies_is_red(wordcount: Product, backend: SandboxBackend, tmp_path: Path) -> None:
    dying = "__import__('ctypes').string_at(0)"
    found = outcome(
        broken(wordcount, tmp_path / "broken", "wordcount.py", "len(text.split())", dying), backend, "counts"
    )
    assert found.status == "failed"
    assert "exit code 0" in found.failure


def test_command_that_never_ends_is_red(
    wordcount: Product, backend: SandboxBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_runner, "CALL_LIMITS", replace(workspaces.CALL_LIMITS, wall_s=0.7))
    endless = broken(wordcount, tmp_path / "broken", "wordcount.py", "len(text.split())", "[0 for _ in iter(int, 1)]")
    found = outcome(endless, backend, "counts")
    assert found.status == "failed"
    assert "expected exit code 0" in found.failure


def test_file_outside_the_working_directory_is_not_written(wordcount: Product, backend: SandboxBackend) -> None:
    check = CliCheck(id="out", title="out", files={"../../out": "x"}, runs=(CliRun(args=()),))
    found = run_acceptance(checks=frozen(check), product=wordcount, backend=backend)[0]
    assert found.status == "not_run"
    assert "lies outside the working directory" in found.reason


def test_product_without_a_command_is_not_run(pricing: Product, backend: SandboxBackend) -> None:
    found = run_acceptance(checks=frozen(CHECKS[0]), product=pricing, backend=backend)[0]
    assert (found.status, found.failure) == ("not_run", "the product has no command")
