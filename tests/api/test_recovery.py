"""Recovery over REST: who may, what is shown, and that each act is one of the services."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from autodev.accounts.models import Workspace
from autodev.events.models import Event
from autodev.lib.ids import new_id
from projects.models import Task
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.states import RecoveryState, RequestState
from tests.api.test_providers import API, ok, send
from tests.cast import Cast, key_client, signed_in
from tests.factories.accounts import WorkspaceFactory
from tests.factories.recovery import KnownFixFactory, RecoveryAttemptFactory, Storm, stormy

pytestmark = pytest.mark.feature("F4.6")
READS = ["state/", "metrics/", "attempts/", "fixes/", "dead-letters/", "requests/"]


@pytest.fixture
def storm(cast: Cast, data_dir: object) -> Storm:
    return stormy(cast.workspace, cast.member)


@pytest.fixture
def client(cast: Cast, storm: Storm) -> Client:
    """A maintainer's key with the scope `admin`."""
    return key_client(cast, cast.maintainer, "admin")


def get(client: Client, path: str, status: int = 200) -> Any:
    return ok(client.get(f"{API}recovery/{path}"), status)


def post(client: Client, path: str, body: Any = None, status: int = 200) -> Any:
    return ok(send(client, "POST", f"recovery/{path}", {} if body is None else body), status)


def ones(storm: Storm) -> list[str]:
    return [
        f"attempts/{storm.decisions[0].pk}/", f"tasks/{storm.waiting.pk}/", f"tasks/{storm.waiting.pk}/strategies/",
        f"dead-letters/{storm.quarantined.pk}/", f"requests/{storm.request.pk}/",
    ]  # fmt: skip


def test_members_read_and_strangers_see_nothing(cast: Cast, storm: Storm) -> None:
    expected = {"owner": 200, "maintainer": 200, "member": 200, "viewer": 200, "outsider": 404, "nobody": 401}
    people = {name: signed_in(user) for name, user in cast.everybody().items()}
    for path in [*READS, *ones(storm)]:
        address = f"{API}recovery/{path}?workspace={cast.workspace.pk}"
        assert {name: one.get(address).status_code for name, one in people.items()} == expected, path
        unnamed = people["owner"].get(f"{API}recovery/{path}")
        assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (400, "workspace"), path


DEVELOPERS = {"owner": 1, "maintainer": 1, "member": 1, "viewer": 403, "outsider": 404, "nobody": 401}
MAINTAINERS = {**DEVELOPERS, "member": 403}


@pytest.mark.parametrize(
    ("path", "body", "reach"),
    [
        ("tasks/{undecided}/retry/", {}, DEVELOPERS),
        ("tasks/{degraded}/accept/", None, DEVELOPERS),
        ("requests/{request}/answer/", {"answer": "retry"}, DEVELOPERS),
        ("requests/{request}/answer/", {"answer": "retry", "note": "give up"}, DEVELOPERS),
        ("requests/{request}/answer/", {"answer": "give_up"}, MAINTAINERS),
        ("tasks/{undecided}/strategy/", {"strategy": "context_reconstruction"}, MAINTAINERS),
        ("tasks/{undecided}/give-up/", {}, MAINTAINERS),
        ("dead-letters/{quarantined}/replay/", {}, MAINTAINERS),
    ],
)
@pytest.mark.parametrize("person", list(DEVELOPERS))
def test_who_may_do_what(cast: Cast, storm: Storm, path: str, body: Any, reach: dict[str, int], person: str) -> None:
    address = path.format(
        **{name: getattr(storm, name).pk for name in ("undecided", "degraded", "request", "quarantined")}
    )
    answer = send(
        signed_in(cast.everybody()[person]), "POST", f"recovery/{address}?workspace={cast.workspace.pk}", body
    )
    assert answer.status_code == (200 if reach[person] == 1 else reach[person]), answer.content


def test_a_key_reaches_no_further_than_its_scopes(cast: Cast, storm: Storm) -> None:
    building, reading = key_client(cast, cast.owner, "build"), key_client(cast, cast.owner, "read")
    assert get(reading, "state/")["questions"] == 1
    post(reading, f"tasks/{storm.undecided.pk}/retry/", status=403)
    post(building, f"tasks/{storm.undecided.pk}/give-up/", status=403)
    post(building, f"tasks/{storm.undecided.pk}/retry/")
    other = WorkspaceFactory.create()
    get(building, f"state/?workspace={other.pk}", 404)


def test_nothing_of_another_workspace_is_reached(client: Client) -> None:
    theirs = stormy(WorkspaceFactory.create())
    for path in ones(theirs):
        assert get(client, path, 404)["code"] == "not_found", path
    for path, body in {
        f"tasks/{theirs.undecided.pk}/retry/": {}, f"tasks/{theirs.undecided.pk}/give-up/": {},
        f"tasks/{theirs.undecided.pk}/strategy/": {"strategy": "retry_with_delay"},
        f"tasks/{theirs.degraded.pk}/accept/": {}, f"dead-letters/{theirs.failed.pk}/replay/": {},
        f"requests/{theirs.request.pk}/answer/": {"answer": "retry"},
    }.items():  # fmt: skip
        post(client, path, body, 404)
    assert get(client, f"tasks/{new_id()}/", 404)["code"] == "not_found"


@pytest.mark.feature("F3.5", "F3.9")
def test_the_state_and_the_figures(client: Client, cast: Cast, storm: Storm) -> None:
    Workspace.objects.filter(pk=cast.workspace.pk).update(state="degraded_mode")
    found = get(client, "state/")
    assert (found["state"], found["undecided"], found["timed"], found["asked"], found["dead"]) == (
        "degraded_mode", 1, 1, 1, 2
    )  # fmt: skip
    assert len(found["nexts"]) == 3
    assert found["next_at"]
    metrics = get(client, "metrics/?hours=24")
    assert (metrics["over_s"], metrics["decided"], metrics["requests"], metrics["open_requests"]) == (86400.0, 5, 1, 1)
    assert metrics["by_strategy"]["skip_with_fallback"]["recovered"] == 1
    get(client, "metrics/?hours=0", 400)
    listed = ok(client.get(f"{API}workspaces/"))
    assert listed[0]["state"] == "degraded_mode"


@pytest.mark.feature("F3.1")
def test_decisions_are_paged_filtered_and_shown_in_full(client: Client, storm: Storm) -> None:
    page = get(client, "attempts/?page_size=3")
    rest = ok(client.get(page["next"]))
    ids = [one["id"] for one in page["results"] + rest["results"]]
    assert ids == [str(one.pk) for one in reversed(storm.decisions)]
    assert rest["next"] is None
    for query, number in {
        "state=relapsed": 1, "strategy=retry_with_delay": 1, "failure_kind=work": 2, f"task={storm.waiting.pk}": 2,
        f"build={storm.ended.pk}": 1, f"task={new_id()}": 0,
    }.items():  # fmt: skip
        assert len(get(client, f"attempts/?{query}")["results"]) == number, query
    get(client, "attempts/?state=great", 400)
    assert "inputs" not in page["results"][0]
    one = get(client, f"attempts/{storm.decisions[0].pk}/")
    assert (one["confidence"], one["source"], one["task_title"]) == (0.86, "learned", "Write the loans")
    assert one["alternatives"][0]["why_not"] == "Another provider is tried before a wait."
    assert one["inputs"]["providers"] == ["claude", "gpt"]


@pytest.mark.feature("F3.8")
def test_known_fixes(client: Client, cast: Cast, storm: Storm) -> None:
    KnownFixFactory.create(workspace=cast.workspace, failure_kind="quota", uses=0, successes=0)
    found = get(client, "fixes/?failure_kind=timeout")["results"]
    assert [(one["strategy"], one["success_rate"]) for one in found] == [("retry_with_different_agent", 0.8)]
    assert {one["success_rate"] for one in get(client, "fixes/?page_size=5")["results"]} == {0.8, None}


def test_a_task_says_what_it_waits_for_and_what_can_be_done(client: Client, storm: Storm) -> None:
    found = get(client, f"tasks/{storm.waiting.pk}/")
    assert found["wait"]["then"] == "it goes on by itself"
    assert found["wait"]["until"]
    assert [(one["epoch"], one["decision"]["state"]) for one in found["turns"]] == [(2, "applied"), (1, "relapsed")]
    assert get(client, f"tasks/{storm.asked.pk}/")["turns"][0]["request"]["id"] == str(storm.request.pk)
    choices = get(client, f"tasks/{storm.undecided.pk}/strategies/")
    assert len(choices) == 6
    assert any(one["why_not"] for one in choices)
    assert get(client, f"tasks/{storm.degraded.pk}/strategies/") == []


@pytest.mark.feature("F3.2")
def test_a_strategy_that_is_not_possible_is_refused_with_its_reason(client: Client, storm: Storm) -> None:
    choices = get(client, f"tasks/{storm.undecided.pk}/strategies/")
    refused = next(one for one in choices if one["why_not"])
    path = f"tasks/{storm.undecided.pk}/strategy/"
    problem = post(client, path, {"strategy": refused["strategy"]}, 409)
    assert problem["code"] == "strategy_refused"
    assert refused["why_not"] in problem["detail"]
    post(client, path, {"strategy": "hope"}, 400)
    possible = next(one for one in choices if not one["why_not"])
    found = post(client, path, {"strategy": possible["strategy"], "note": "mind the tables"})
    assert found["turns"][0]["decision"]["strategy"] == possible["strategy"]
    assert found["turns"][0]["decision"]["origin"] == "person"
    assert Event.objects.filter(type="recovery.decided", task_id=storm.undecided.pk, actor__isnull=False).exists()


def test_retry_give_up_and_accept(client: Client, cast: Cast, storm: Storm) -> None:
    assert post(client, f"tasks/{storm.waiting.pk}/retry/", {"note": "again"})["task"]["state"] == "ready"
    again = post(client, f"tasks/{storm.waiting.pk}/retry/", status=409)
    assert (again["code"], bool(again["hint"])) == ("wrong_state", True)
    gone = post(client, f"tasks/{storm.undecided.pk}/give-up/", {"reason": "not worth it"})
    assert gone["task"]["state"] == "failed"
    assert post(client, f"tasks/{storm.undecided.pk}/give-up/", status=409)["code"] == "wrong_state"
    first = post(client, f"tasks/{storm.degraded.pk}/accept/")["task"]["accepted_at"]
    assert post(client, f"tasks/{storm.degraded.pk}/accept/")["task"]["accepted_at"] == first
    assert post(client, f"tasks/{storm.asked.pk}/accept/", status=409)["code"] == "wrong_state"
    assert Task.objects.get(pk=storm.degraded.pk).accepted_by == cast.maintainer
    post(client, f"tasks/{storm.asked.pk}/retry/", {"note": "x" * 4001}, 400)


@pytest.mark.feature("F3.10")
def test_dead_letters_and_their_replay(client: Client, storm: Storm) -> None:
    page = get(client, "dead-letters/?page_size=1")
    assert page["results"][0]["task"]["id"] == str(storm.failed.pk)
    rest = ok(client.get(page["next"]))["results"]
    assert [(one["task"]["state"], len(one["attempts"])) for one in rest] == [("quarantined", 3)]
    assert len(get(client, "dead-letters/?state=quarantined")["results"]) == 1
    get(client, "dead-letters/?state=running", 400)
    one = get(client, f"dead-letters/{storm.quarantined.pk}/")
    assert (one["params"], one["worker"]) == ({"goal": "invoices", "retries": 2}, "build-host/4711")
    assert "out of memory" in one["tail"]
    path = f"dead-letters/{storm.quarantined.pk}/replay/"
    for wrong in ({"params": [1]}, {"params": {"a": "\x00"}}, {"params": {"a": "x" * 100_001}}, {"reason": "x" * 301}):
        post(client, path, wrong, 400)
    found = post(client, path, {"params": {"goal": "bills"}, "reason": "more memory"})
    assert found["task"]["state"] in ("pending", "ready")
    task = Task.objects.get(pk=storm.quarantined.pk)
    assert (task.params["goal"], "retries" in task.params, task.crashes) == ("bills", False, 0)
    assert Event.objects.get(type="task.replayed").payload["reason"] == "more memory"
    assert post(client, path, status=404)["code"] == "not_found"


def test_half_a_character_and_no_number_are_refused(client: Client, storm: Storm) -> None:
    path = f"recovery/dead-letters/{storm.quarantined.pk}/replay/"
    for text in ('{"params": {"a": "\\ud800"}}', '{"params": {"a": NaN}}'):
        assert send(client, "POST", path, text).status_code == 400, text
    assert Task.objects.get(pk=storm.quarantined.pk).state == "quarantined"


@pytest.mark.feature("F3.4")
def test_questions_and_their_answers(client: Client, cast: Cast, storm: Storm) -> None:
    assert [one["id"] for one in get(client, "requests/?state=open")["results"]] == [str(storm.request.pk)]
    assert get(client, f"requests/?task={storm.waiting.pk}")["results"] == []
    one = get(client, f"requests/{storm.request.pk}/")
    assert one["evidence"]["failures"][0]["message"] == "A sixth loan is accepted."
    path = f"requests/{storm.request.pk}/answer/"
    assert post(client, path, {"answer": "hope"}, 409)["code"] == "answer_refused"
    post(client, path, {}, 400)
    done = post(client, path, {"answer": "retry", "note": "at most five"})
    assert (done["state"], done["answered_by"], done["note"]) == ("answered", str(cast.maintainer), "at most five")
    assert Task.objects.get(pk=storm.asked.pk).state == "ready"
    assert post(client, path, {"answer": "retry"}, 409)["code"] == "answer_refused"


def test_an_expired_question_is_answered_still(client: Client, storm: Storm) -> None:
    HumanRequest.objects.update(state=RequestState.EXPIRED)
    Task.objects.filter(pk=storm.asked.pk).update(state="failed", wait_reason="", next_run_at=None)
    RecoveryAttempt.objects.filter(task=storm.asked).update(state=RecoveryState.EXHAUSTED)
    assert post(client, f"requests/{storm.request.pk}/answer/", {"answer": "retry"})["state"] == "answered"
    assert Task.objects.get(pk=storm.asked.pk).state in ("pending", "ready")


def test_a_list_costs_the_same_however_long_it_is(client: Client, cast: Cast, storm: Storm) -> None:
    get(client, "attempts/")  # the first one notes that the key was used
    counts = []
    for number in (20, 40):
        for path in ("attempts/", "dead-letters/", "requests/", "fixes/", "state/", "metrics/"):
            with CaptureQueriesContext(connection) as queries:
                get(client, path)
            counts.append(len(queries))
        more_of(cast.workspace, storm, number)
    half = len(counts) // 2
    assert counts[:half] == counts[half:]
    assert max(counts) <= 24


def more_of(workspace: Workspace, storm: Storm, first: int) -> None:
    for epoch in range(first, first + 4):
        RecoveryAttemptFactory.create(task=storm.waiting, epoch=epoch, number=epoch)
        KnownFixFactory.create(workspace=workspace)
        Task.objects.create(
            build=storm.ended, key=f"more-{epoch}", kind="noop", phase="implement", title="More", state="failed"
        )
