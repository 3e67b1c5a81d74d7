"""`autodev recovery`: in this process, on a workspace in which things fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from autodev.accounts.models import Workspace
from autodev.cli import app
from autodev.coder.local import local_owner
from autodev.events.models import Event
from projects.models import Task
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.states import RecoveryState, RequestState, Strategy
from tests.factories.accounts import WorkspaceFactory
from tests.factories.recovery import Storm, stormy

Run = Callable[..., Result]


@pytest.fixture
def run(db: None, data_dir: Path) -> Run:
    """Runs `autodev recovery …` in this process and holds it to its exit code."""

    def call(*arguments: str, code: int = 0, **more: Any) -> Result:
        done = CliRunner().invoke(app, ["recovery", *arguments], **more)
        assert done.exit_code == code, (done.output, done.stderr, done.exception)
        return done

    return call


@pytest.fixture
def storm(db: None, data_dir: Path) -> Storm:
    """In this machine's own workspace."""
    workspace, user = local_owner()
    return stormy(workspace, user)


def state_of(task: Task) -> str:
    return str(Task.objects.values_list("state", flat=True).get(pk=task.pk))


@pytest.mark.feature("F3.9")
def test_where_the_workspace_stands(run: Run, storm: Storm) -> None:
    Workspace.objects.filter(slug="local").update(state="auto_recovering")
    told = run().stdout
    assert run("status").stdout.splitlines()[0] == told.splitlines()[0]
    for words in ("Recovering", "All other work goes on", "1 task waits for a person's answer", "autodev recovery",
                  "Time to recovery, p50", "False positives"):  # fmt: skip
        assert words in told, words
    found = json.loads(run("status", "--json").stdout)
    assert (found["state"]["state"], found["state"]["questions"]) == ("auto_recovering", 1)
    assert found["metrics"]["decided"] == 5


def test_an_empty_workspace_says_so(run: Run) -> None:
    assert "Everything that was begun goes on as planned" in run().stdout
    assert "nothing has failed" in run("list").stdout
    assert "no dead letter" in run("dead-letters").stdout
    assert "Nobody is asked" in run("requests").stdout


@pytest.mark.feature("F3.1")
def test_decisions_are_listed_and_a_task_is_shown(run: Run, storm: Storm) -> None:
    listed = run("list").stdout
    assert all(words in listed for words in ("Skip with a fallback (80 %)", "Write the loans", str(storm.waiting.pk)))
    assert [one["state"] for one in json.loads(run("list", "--state", "relapsed", "--json").stdout)] == ["relapsed"]
    assert "--state is one of" in run("list", "--state", "great", code=2).stderr
    shown = run("show", str(storm.waiting.pk)).stdout
    for words in ("claude's limit is used up until then; it goes on by itself in", "timeout: No answer within 60 s.",
                  "What worked before, 86 % sure", "not retry with a delay: Another provider is tried before a wait.",
                  "Retry with a different agent (does not ask gpt)", "It failed again: quota."):  # fmt: skip
        assert words in shown, words
    assert "asked:" in run("show", str(storm.asked.pk)).stdout
    found = json.loads(run("show", str(storm.waiting.pk), "--json").stdout)
    assert [one["epoch"] for one in found["turns"]] == [2, 1]
    assert "not the id of a task" in run("show", "abc", code=2).stderr
    theirs = stormy(WorkspaceFactory.create(slug="theirs"))
    assert "no such task" in run("show", str(theirs.waiting.pk), code=1).stderr
    assert "Write the loans" in run("show", str(theirs.waiting.pk), "--workspace", "theirs").stdout


@pytest.mark.feature("F3.3")
def test_a_waiting_task_goes_on_at_once_with_a_note(run: Run, storm: Storm) -> None:
    done = run("retry", str(storm.waiting.pk), "--note", "the port is 8081 now")
    assert "goes on at once" in done.stdout
    assert f"autodev resume {storm.live.pk}" in done.stdout
    task = Task.objects.get(pk=storm.waiting.pk)
    assert (task.state, task.params["recovery"]["note"], task.params["goal"]) == (
        "ready",
        "the port is 8081 now",
        "loans",
    )
    assert Event.objects.filter(type="task.retried", task_id=task.pk, actor__isnull=False).exists()
    assert "cannot be decided about now" in run("retry", str(storm.waiting.pk), code=1).stderr
    again = json.loads(run("retry", str(storm.undecided.pk), "--json").stdout)
    assert again["task"]["state"] == "ready"


@pytest.mark.feature("F3.2")
def test_a_strategy_is_looked_for_and_chosen(run: Run, storm: Storm) -> None:
    listed = run("strategy", str(storm.undecided.pk)).stdout
    assert "decompose_into_subtasks" in listed
    choices = {one["strategy"]: one for one in json.loads(run("strategy", str(storm.undecided.pk), "--json").stdout)}
    assert len(choices) == 6
    refused = next(one for one in choices.values() if one["why_not"])
    said = run("strategy", str(storm.undecided.pk), refused["strategy"], code=1).stderr
    assert refused["why_not"] in said
    assert "There is no strategy" in run("strategy", str(storm.undecided.pk), "hope", code=2).stderr
    run("strategy", str(storm.undecided.pk), "context_reconstruction", "--note", "look at the tables")
    row = RecoveryAttempt.objects.get(task=storm.undecided)
    assert (row.strategy, row.origin, row.state) == (Strategy.CONTEXT_RECONSTRUCTION, "person", RecoveryState.APPLIED)
    assert row.actor is not None


def test_giving_up_and_accepting_ask_first(run: Run, storm: Storm) -> None:
    run("give-up", str(storm.undecided.pk), input="n\n", code=1)
    assert state_of(storm.undecided) == "waiting"
    given = run("give-up", str(storm.undecided.pk), "--reason", "not worth it", input="y\n")
    assert "autodev recovery replay" in given.stdout
    assert state_of(storm.undecided) == "failed"
    assert "cannot be decided" in run("give-up", str(storm.undecided.pk), "--yes", code=1).stderr
    run("accept", str(storm.degraded.pk), code=1)  # nobody is there to say yes
    assert Task.objects.get(pk=storm.degraded.pk).accepted_at is None
    run("accept", str(storm.degraded.pk), "--yes")
    assert Task.objects.get(pk=storm.degraded.pk).accepted_at is not None
    assert "Only a task that failed" in run("accept", str(storm.waiting.pk), "--yes", code=1).stderr


@pytest.mark.feature("F3.10")
def test_dead_letters_with_their_evidence(run: Run, storm: Storm) -> None:
    listed = run("dead-letters").stdout
    assert all(words in listed for words in ("quarantined", "failed", str(storm.quarantined.pk)))
    assert len(json.loads(run("dead-letters", "--json").stdout)) == 2
    shown = run("dead-letters", str(storm.quarantined.pk)).stdout
    for words in (
        "out of memory in <module>",
        "build-host/4711",
        "Worker lost",
        '"goal": "invoices"',
        "recovery replay",
    ):
        assert words in shown, words
    one = json.loads(run("dead-letters", str(storm.quarantined.pk), "--json").stdout)
    assert (one["params"]["retries"], one["worker"], one["replayable"]) == (2, "build-host/4711", True)
    assert "no such dead letter" in run("dead-letters", str(storm.waiting.pk), code=1).stderr


@pytest.mark.feature("F3.10")
def test_a_dead_letter_is_replayed_with_another_input(
    run: Run, storm: Storm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = str(storm.quarantined.pk)
    Task.objects.filter(pk=key).update(params={"goal": "invoices", "recovery": {"strategy": "retry_with_delay"}})
    file = tmp_path / "params.json"
    file.write_text('{"goal": ')
    assert "Line 1" in run("replay", key, "--params", str(file), "--yes", code=2).stderr
    assert "One of" in run("replay", key, "--edit", "--params", str(file), code=2).stderr
    assert "none.json" in run("replay", key, "--params", str(tmp_path / "none.json"), code=2).stderr
    run("replay", key, input="n\n", code=1)
    assert state_of(storm.quarantined) == "quarantined"
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/invoices/bills/ "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    run("replay", key, "--edit", "--reason", "more memory", "--yes")
    task = Task.objects.get(pk=key)
    assert (task.state in ("pending", "ready"), task.params["goal"], task.crashes) == (True, "bills", 0)
    assert task.params["recovery"]["strategy"]
    event = Event.objects.get(type="task.replayed")
    assert (event.payload["edited"], event.payload["reason"]) == (True, "more memory")
    assert "no such dead letter" in run("replay", key, "--yes", code=1).stderr


def test_a_dead_letter_is_replayed_as_it_is_and_from_the_input(run: Run, storm: Storm, tmp_path: Path) -> None:
    given = json.loads(
        run("replay", str(storm.quarantined.pk), "--params", "-", "--yes", "--json", input='{"goal": "x"}').stdout
    )
    assert given["task"]["state"] in ("pending", "ready")
    assert Task.objects.get(pk=storm.quarantined.pk).params["goal"] == "x"


@pytest.mark.feature("F3.4")
def test_questions_are_read_and_answered(run: Run, storm: Storm) -> None:
    key = str(storm.request.pk)
    assert key in run("requests").stdout
    shown = run("requests", key).stdout
    for words in ("A sixth loan is accepted", "What was tried", "assert 201 == 409", "give_up", "with your note"):
        assert words in shown, words
    assert json.loads(run("requests", key, "--json").stdout)["evidence"]["attempts"] == 4
    assert "none of its answers" in run("answer", key, "hope", code=2).stderr
    run("answer", key, "give_up", code=1)  # it asks, and nobody answers
    assert HumanRequest.objects.get().state == RequestState.OPEN
    done = json.loads(run("answer", key, "retry", "--note", "at most five", "--json").stdout)
    assert (done["state"], done["answer"], done["note"]) == ("answered", "retry", "at most five")
    assert state_of(storm.asked) == "ready"
    assert "closed" in run("answer", key, "retry", code=1).stderr
    assert "Nobody is asked" in run("requests").stdout
    assert [one["state"] for one in json.loads(run("requests", "--all", "--json").stdout)] == ["answered"]


def test_giving_up_by_an_answer(run: Run, storm: Storm) -> None:
    assert "Answered: give up" in run("answer", str(storm.request.pk), "give_up", "--yes").stdout
    assert state_of(storm.asked) == "failed"
