"""Each tool by itself: what it does to the files, and what it answers where it cannot."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from autodev.contracts.job import JobKind
from autodev.contracts.ports import Fenced
from autodev.lib.errors import DomainError
from autodev.sandbox.types import SandboxResult
from providers.kinds.agent.tools import Done, Toolbox, specs
from tests.agent.conftest import GREEN, RED, Desk

pytestmark = pytest.mark.feature("F1.7")


async def use(desk: Desk, name: str, *, task: str = "", cut: bool = False, **values: Any) -> Done:
    box = Toolbox(desk.job(JobKind.IMPLEMENT, None).ports, task=task)
    return await box.use(name, json.dumps(values), cut=cut)


@pytest.mark.parametrize(
    ("name", "values", "answer"),
    [
        ("read_file", {"path": "nothing.py"}, "error: no file nothing.py"),
        ("read_file", {}, "error: the argument 'path' is missing"),
        ("read_file", {"path": 3}, "error: the argument 'path' must be a text"),
        ("read_file", {"path": "README.md", "first_line": 2}, "(there are 1 lines)"),
        ("read_file", {"path": "README.md", "first_line": "x"}, "error: the argument 'first_line' must be a number"),
        ("read_file", {"path": "README.md", "first_line": "1"}, "1: # Shop"),
        ("write_file", {"path": "/etc/passwd", "content": "x"}, "error: /etc/passwd leaves the project"),
        ("edit_file", {"path": "app.py", "old": "absent", "new": "x"}, "error: `old` does not stand in the file"),
        ("edit_file", {"path": "app.py"}, "error: the argument 'edits' is missing; edit_file takes a JSON object"),
        ("edit_file", {"path": "app.py", "edits": [{"old": "x"}]}, "error: the argument 'new' is missing"),
        ("delete_file", {"path": "nothing.py"}, "error: no file nothing.py"),
        ("run_command", {"argv": []}, "error: the argument 'argv' must be a list"),
        ("run_command", {"argv": "echo 'x"}, "error: the command cannot be read"),
        ("search", {"pattern": ""}, "error: the pattern is empty"),
        ("search", {"pattern": "(", "regex": True}, "error: no regular expression"),
        ("fly", {}, "error: there is no tool 'fly'; the tools are list_files, read_file"),
        ("ask_person", {"question": "which?"}, "error: the argument 'assumption' is missing"),
    ],
)
async def test_what_is_wrong_is_said(desk: Desk, name: str, values: dict[str, Any], answer: str) -> None:
    done = await use(desk, name, **values)
    assert done.answer.startswith(answer)
    assert done.ok == (not answer.startswith("error"))


async def test_arguments_that_are_no_json_get_help(desk: Desk) -> None:
    box = Toolbox(desk.job(JobKind.IMPLEMENT, None).ports)
    broken = await box.use("write_file", '{"path": "a.py", "content": "say "hi""}')
    assert broken.answer.startswith("error: the arguments are not JSON")
    assert "write_file takes a JSON object with path, content, append (optional)" in broken.answer
    assert (await box.use("read_file", "[1]")).answer.startswith("error: the arguments must be an object")
    cut = await box.use("write_file", '{"path": "a.py", "content": "x', cut=True)
    assert "cut off at the output limit" in cut.answer
    assert "append" in cut.answer


async def test_line_ends_within_a_text_are_let_through(desk: Desk) -> None:
    box = Toolbox(desk.job(JobKind.IMPLEMENT, None).ports)
    done = await box.use("write_file", '{"path": "a.py", "content": "one\ntwo\n"}')
    assert done.ok
    assert desk.workspace.files["a.py"] == b"one\ntwo\n"


async def test_files_are_written_appended_edited_and_deleted(desk: Desk) -> None:
    await use(desk, "write_file", path="a.py", content="one\n")
    await use(desk, "write_file", path="a.py", content="two\n", append=True)
    edits = [{"old": "one", "new": "1"}, {"old": "two", "new": "2"}]
    done = await use(desk, "edit_file", path="a.py", edits=edits)
    assert done.answer == "edited a.py: line 1; line 2"
    assert desk.workspace.files["a.py"] == b"1\n2\n"
    assert (await use(desk, "delete_file", path="a.py")).answer == "deleted"
    assert "a.py" not in desk.workspace.files


async def test_what_changes_nothing_is_no_change(desk: Desk) -> None:
    box = Toolbox(desk.job(JobKind.IMPLEMENT, None).ports)
    same = await box.use("write_file", json.dumps({"path": "README.md", "content": "# Shop\n"}))
    assert "nothing changed" in same.answer
    assert box.touched == {}


async def test_lists_and_long_files(desk: Desk) -> None:
    desk.workspace.files |= {f"src/m{n}.py": b"x" for n in range(1600)}
    assert (await use(desk, "list_files", folder="src/")).answer.endswith("… and 100 more; give a folder")
    assert (await use(desk, "list_files", folder="nowhere")).answer == "(no files)"
    desk.workspace.files["long.txt"] = b"0123456789\n" * 5000
    assert "read on by first_line" in (await use(desk, "read_file", path="long.txt")).answer
    some = await use(desk, "read_file", path="long.txt", first_line=4999, last_line=9999)
    assert some.answer == "4999: 0123456789\n5000: 0123456789"
    desk.workspace.files["logo.png"] = b"\x89PNG\0\0"
    assert (await use(desk, "read_file", path="logo.png")).answer == "(no text; 6 bytes)"


async def test_search_in_texts_and_by_expressions(desk: Desk) -> None:
    desk.workspace.files |= {
        "src/a.py": b"def one(): ...\ndef two(): ...\n", "node_modules/x.js": b"one", "blob.bin": b"\0one",
    }  # fmt: skip
    plain = await use(desk, "search", pattern="one(")
    assert plain.answer.splitlines()[0] == "src/a.py:1: def one(): ..."
    by_expression = await use(desk, "search", pattern=r"def (one|TWO)", regex=True, ignore_case=True, folder="src")
    assert by_expression.answer == "src/a.py:1: def one(): ...\nsrc/a.py:2: def two(): ..."
    assert (await use(desk, "search", pattern="absent", folder="src")).answer == "nothing matches"


async def test_search_is_bounded(desk: Desk) -> None:
    desk.workspace.files |= {f"f{n}.txt": b"hit\n" * 50 for n in range(10)}
    found = await use(desk, "search", pattern="hit")
    assert len(found.answer.splitlines()) == 101
    assert "and 400 more lines" in found.answer


async def test_an_expression_that_explodes_is_stopped(desk: Desk) -> None:
    desk.workspace.files["evil.txt"] = b"a" * 4000 + b"!\n"
    began = time.monotonic()
    done = await use(desk, "search", pattern=r"^(a|aa|a?)+$", regex=True)
    assert time.monotonic() - began < 60
    assert not done.ok or done.answer == "nothing matches"


async def test_commands_say_how_they_ended_and_how_they_failed(desk: Desk) -> None:
    failed = await use(desk, "run_command", argv=["pytest"])
    assert failed.answer == "exit code 3\nout\nerr\n"
    assert failed.failed
    desk.workspace.results = [
        SandboxResult(status="ok", exit_code=0, stdout="x" * 20_000, stderr=""),
        SandboxResult(status="timeout", exit_code=None, stdout="", stderr="", reason="over 180 s"),
    ]
    fine = await use(desk, "run_command", argv="python -c 'print(1)'")
    assert desk.workspace.ran[-1] == ["python", "-c", "print(1)"]
    assert fine.ok
    assert not fine.failed
    assert "(12000 characters left out)" in fine.answer
    assert (await use(desk, "run_command", argv=["sleep", "999"])).answer.startswith("over 180 s")


async def test_checks_are_told_and_seen(desk: Desk) -> None:
    desk.report = RED
    red = await use(desk, "run_checks")
    assert "app.py:1: unused import" in red.answer
    assert red.checks is not None
    assert not red.checks.ok
    desk.report = GREEN
    assert (await use(desk, "run_checks")).answer == "All checks are green."


async def test_a_person_answers_or_the_assumption_holds(desk: Desk) -> None:
    desk.steer.answers["Euro or dollar?"] = "Euro"
    asked = await use(desk, "ask_person", question="Euro or dollar?", assumption="dollar", choices=["Euro", "dollar"])
    assert asked.answer == "The answer: Euro"
    nobody = await use(desk, "ask_person", question="Which tax?", assumption="19 %")
    assert nobody.answer == "Nobody answered in time; go on with your assumption: 19 %"


@pytest.mark.parametrize("path", ["AGENTS.md", ".github/workflows/ci.yml", "sub/.claude/settings.json", ".mcp.json"])
async def test_what_steers_agents_and_machines_stays_unless_the_task_speaks_of_it(desk: Desk, path: str) -> None:
    assert "stays as it is" in (await use(desk, "write_file", path=path, content="x")).answer
    assert path not in desk.workspace.files
    assert (await use(desk, "write_file", task=f"Write {path}", path=path, content="x")).ok


async def test_errors_of_the_files_are_told_and_a_lost_task_is_raised(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> bytes:
        raise DomainError("it is a link")

    monkeypatch.setattr(desk.workspace, "read", refuse)
    assert (await use(desk, "read_file", path="x")).answer == "error: it is a link"

    def gone(path: str) -> bytes:
        raise Fenced

    monkeypatch.setattr(desk.workspace, "read", gone)
    with pytest.raises(Fenced):
        await use(desk, "read_file", path="x")


def test_every_tool_has_a_name_a_description_and_a_closed_form() -> None:
    for one in specs():
        function = one["function"]
        assert function["description"]
        assert function["parameters"]["additionalProperties"] is False
