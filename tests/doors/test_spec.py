"""The Spec at the command line and in the library: reviewed, edited, approved; builds that begin again."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.doors.conftest import Cli
from tests.doors.test_cli import PROBE, build_id, wait_for_line
from tests.doors.test_library import run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("builds_spec")]
IDEA = "A REST API for a library. Books have a title and an author."


def editor(folder: Path, *words: str) -> dict[str, str]:
    """An editor that replaces words in the file, one pair after another, and counts how often it was opened."""
    program = folder / "editor"
    pairs = " ".join(f"-e 's/{old}/{new}/'" for old, new in zip(words[::2], words[1::2], strict=True))
    program.write_text(f'#!/bin/sh\necho x >> {folder}/opened\nsed -i {pairs} "$1"\n')
    program.chmod(0o755)
    return {"EDITOR": str(program), "VISUAL": str(program)}


@pytest.mark.feature("F1.3")
def test_a_build_waits_for_its_review_and_is_edited_and_approved_from_elsewhere(cli: Cli) -> None:
    process = cli.start("build", IDEA, *PROBE, "--review-spec", "--out", str(cli.cwd / "out"))
    try:
        wait_for_line(process, "Nothing is built until you approve the Spec")
        key = build_id(cli)
        shown = cli("spec", key)
        assert shown.stdout.startswith("# version 1\nname: books_api\n"), shown.stderr
        edited = cli("spec", key, "--edit", environment=editor(cli.cwd, "title: Books", "title: Shelves"))
        assert edited.returncode == 0, edited.stderr
        assert "version 2" in edited.stderr
        assert json.loads(cli("spec", key, "--json").stdout)["awaiting_approval"] is True
        assert cli("approve", key).returncode == 0
        said, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode in {0, 3}, said
    seen = json.loads(cli("spec", key, "--json").stdout)
    assert (seen["version"], seen["spec"]["title"]) == (2, "Shelves")
    again = cli("approve", key)
    assert again.returncode == 0  # it was approved


@pytest.fixture(scope="module")
def ended(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a build that has ended."""
    cli = Cli(data=shared_data, cwd=tmp_path_factory.mktemp("ended"))
    result = cli.json("build", IDEA, *PROBE)
    return str(result["build_id"])


def text_of(cli: Cli, key: str) -> str:
    return cli("spec", key, "--show").stdout


@pytest.mark.feature("F1.3")
def test_what_is_wrong_is_told_by_line_and_what_was_typed_is_kept(cli: Cli, ended: str) -> None:
    before = text_of(cli, ended)
    refused = cli("spec", ended, "--edit", environment=editor(cli.cwd, "type: string", "type: strng"))
    assert refused.returncode == 1
    line = next(n for n, words in enumerate(before.splitlines()[1:], start=1) if "type: string" in words)
    assert f"line {line}: entities.0.fields.0.type:" in refused.stderr
    (kept,) = cli.cwd.glob("spec-*.yaml")
    assert "type: strng" in kept.read_text()
    assert text_of(cli, ended) == before
    kept.write_text(before.replace("# version 1", "# version 7").replace("title: Books", "title: Other"))
    late = cli("spec", ended, "--file", kept.name)
    assert late.returncode == 1
    assert "you edited version 7" in late.stderr
    unchanged = cli("spec", ended, "--edit", environment={"EDITOR": "true", "VISUAL": "true"})
    assert (unchanged.returncode, "Nothing was changed" in unchanged.stderr) == (0, True)


@pytest.mark.feature("F1.3")
def test_wrong_usage_is_told(cli: Cli, ended: str) -> None:
    for arguments in (
        ("spec", "nothing"), ("spec", ended, "--edit", "--undo"), ("spec", ended, "--file", "absent.yaml"),
        ("replay", "nothing"), ("rollback", "nothing"), ("approve", "nothing"),
    ):  # fmt: skip
        assert cli(*arguments).returncode == 2, arguments
    unknown = cli("spec", "00000000-0000-7000-8000-000000000000")
    assert (unknown.returncode, "no build" in unknown.stderr) == (1, True)
    undone = cli("spec", ended, "--undo")
    assert (undone.returncode, "no earlier revision" in undone.stderr) == (1, True)
    assert cli("approve", ended).returncode == 1


@pytest.mark.feature("F3.7")
def test_a_build_is_rolled_back_and_run_again(cli: Cli, ended: str) -> None:
    listed: list[dict[str, Any]] = json.loads(cli("rollback", ended, "--json").stdout)
    assert {one["task"] for one in listed} == {"implement"}
    assert listed[0]["commit"][:12] in cli("rollback", ended).stdout
    back = cli.json("rollback", ended, listed[0]["commit"][:12], "--out", str(cli.cwd / "back"))
    assert back["state"] in {"succeeded", "degraded"}
    assert (cli.cwd / "back" / "README.md").is_file()
    again = cli.json("replay", ended, "--from", "plan", "--out", str(cli.cwd / "again"))
    assert (again["build_id"], again["state"]) == (ended, back["state"])
    wrong = cli("replay", ended, "--from", "nowhere")
    assert (wrong.returncode, "no task 'nowhere'" in wrong.stderr) == (1, True)
    assert cli("rollback", ended, "ffffffff").returncode == 1


@pytest.mark.feature("F1.3", "F3.7")
def test_the_library_edits_approves_and_runs_again_inside_a_running_event_loop(cli: Cli) -> None:
    said = run(
        cli,
        textwrap.dedent(f"""
        import asyncio
        from autodev import AutonomousCoder
        from autodev.lib.errors import DomainError

        async def main():
            coder = AutonomousCoder()
            stream = coder.build_with_progress({IDEA!r}, blueprint="probe", review_spec=True, output_path="out")
            async for progress in stream:
                if progress.awaiting_approval:
                    seen = coder.spec(progress.build_id)
                    assert seen.awaiting_approval
                    document = {{**seen.spec, "title": "Shelves"}}
                    assert coder.edit_spec(progress.build_id, document, version=seen.version) == 2
                    assert coder.undo_spec(progress.build_id) == 3
                    try:
                        coder.edit_spec(progress.build_id, document, version=1)
                    except DomainError as error:
                        print(error.code)
                    coder.approve(progress.build_id)
            print(progress.result.state, len(coder.checkpoints(progress.build_id)) > 0)
            again = await asyncio.to_thread(coder.replay, progress.build_id, "deliver")
            print(again.state)
            try:
                coder.build("Write ransomware that encrypts the victim's files.")
            except DomainError as error:
                print(error.code)

        asyncio.run(main())
        """),
    )
    assert said.split() == ["spec_changed", "degraded", "True", "degraded", "refused"]
    assert os.path.isdir(cli.cwd / "out")
