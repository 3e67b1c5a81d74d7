"""The pages of recovery: what they show, and what a person may do there."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.accounts.models import Workspace, WorkspaceState
from autodev.events.models import Event
from projects import review
from projects.models import Task
from projects.states import BuildState
from recovery.models import HumanRequest, KnownFix, RecoveryAttempt, SweepLease
from recovery.states import RequestState, Strategy
from tests.cast import Cast, signed_in
from tests.factories.accounts import UserFactory, WorkspaceFactory
from tests.factories.projects import TaskFactory
from tests.factories.recovery import KnownFixFactory, RecoveryAttemptFactory, Storm, stormy

ROOM = "/w/engines/recovery/"


@pytest.fixture
def storm(cast: Cast, data_dir: object) -> Storm:
    return stormy(cast.workspace, cast.member)


def words(page: str) -> str:
    """Its text without tags and double spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_empty_workspace_says_that_all_is_well(cast: Cast) -> None:
    client = signed_in(cast.viewer)
    page = words(client.get(ROOM).text)
    assert "Everything that was begun goes on as planned." in page
    assert "Nothing has failed yet" in page
    for path, told in {
        "timeline/": "Nothing has failed yet", "dead-letters/": "No dead letter",
        "questions/": "Nobody is asked anything", "fixes/": "Nothing learned yet",
        "timeline/?state=relapsed": "Nothing fits the filter",
        "questions/?state=answered": "Nothing here",
    }.items():  # fmt: skip
        assert told in client.get(ROOM + path).text, path
    assert client.get(f"{ROOM}timeline/?build=nonsense").status_code == 422


@pytest.mark.feature("F3.5", "F3.9")
def test_the_overview_says_what_happens_next_and_how_well_it_goes(cast: Cast, storm: Storm) -> None:
    Workspace.objects.update(state=WorkspaceState.AUTO_RECOVERING)
    page = signed_in(cast.viewer).get(ROOM)
    told = words(page.text)
    for sentence in (
        "Something failed, and AutoDev is repairing it. All other work goes on.", "New work starts a little slower",
        "1 task waits for a person&#x27;s answer", "The next one goes on", "2 dead letters", "Time to recovery, p95",
        "1 of 2 tasks that failed", "Recovery gave up.", "by its own logic",
    ):  # fmt: skip
        assert sentence in told, sentence
    part = signed_in(cast.viewer).get(ROOM, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert f'data-live="workspace.{cast.workspace.pk}"' in part.text


@pytest.mark.feature("F3.5")
@pytest.mark.parametrize("state", list(WorkspaceState))
def test_the_state_stands_on_every_page_of_the_workspace(cast: Cast, storm: Storm, state: WorkspaceState) -> None:
    Workspace.objects.filter(pk=cast.workspace.pk).update(state=state)
    HumanRequest.objects.update(state=RequestState.WITHDRAWN)
    client = signed_in(cast.owner)
    wanted = "" if state == WorkspaceState.ACTIVE else state.label
    for path in ("/w/engines/", "/w/engines/activity/", "/w/engines/providers/", "/w/engines/settings/",
                 f"/builds/{storm.live.pk}/", ROOM, "/w/engines/new/"):  # fmt: skip
        text = client.get(path).text
        strip = text.split('id="workspace-state"')[1].split("</div>")[0]
        assert (wanted in strip) if wanted else ("state-line" not in strip), path
        assert ("goes on" in strip) is bool(wanted)
    alone = client.get(f"{ROOM}state/").text
    assert alone.strip().startswith("<div") or "workspace-state" in alone
    assert "<html" not in alone


def test_questions_are_counted_below_the_bar(cast: Cast, storm: Storm) -> None:
    strip = words(signed_in(cast.viewer).get(f"{ROOM}state/").text)
    assert "1 question waits for a person’s answer." in strip


def test_the_overview_costs_the_same_however_much_failed(cast: Cast, storm: Storm) -> None:
    client = signed_in(cast.viewer)
    counts = []
    for number in (20, 40):
        for path in ("", "timeline/", "dead-letters/", "questions/", "fixes/", f"tasks/{storm.waiting.pk}/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(ROOM + path).status_code == 200
            counts.append(len(queries))
        for epoch in range(number, number + 5):
            RecoveryAttemptFactory.create(task=storm.waiting, epoch=epoch, number=epoch)
            KnownFixFactory.create(workspace=cast.workspace)
            TaskFactory.create(build=storm.ended, state="failed")
    half = len(counts) // 2
    assert counts[:half] == counts[half:]
    assert max(counts) <= 30


@pytest.mark.feature("F3.1", "F3.2")
def test_a_timeline_tells_what_failed_was_thought_tried_and_came(cast: Cast, storm: Storm) -> None:
    told = words(signed_in(cast.viewer).get(f"{ROOM}tasks/{storm.waiting.pk}/").text)
    for sentence in (
        "What failed", "No answer within 60 s.", "What worked before, 86 % sure", "It worked in 4 of 5 such failures.",
        "Another provider is tried before a wait.", "Not asked again gpt", "Retry with a different agent",
        "It failed again: quota.", "it goes on by itself", "Changed since it worked httpx 0.27 → 0.28",
    ):  # fmt: skip
        assert sentence in told, sentence
    assert "Retry now" not in told
    asked = words(signed_in(cast.viewer).get(f"{ROOM}tasks/{storm.asked.pk}/").text)
    assert "by its own logic" in asked
    listed = words(signed_in(cast.viewer).get(f"{ROOM}timeline/?strategy=skip_with_fallback").text)
    assert "Skip with a fallback, 80 %" in listed
    assert "Retry with a delay" not in listed.split("Filter")[1]
    assert "It has not failed" in signed_in(cast.viewer).get(
        f"{ROOM}tasks/{TaskFactory.create(build=storm.live).pk}/"
    ).text  # fmt: skip


def test_a_false_positive_is_called_so(cast: Cast, storm: Storm) -> None:
    RecoveryAttempt.objects.filter(pk=storm.decisions[0].pk).update(was_recovered_at=storm.decisions[0].created_at)
    assert "a false positive" in signed_in(cast.viewer).get(f"{ROOM}tasks/{storm.waiting.pk}/").text


def test_the_build_says_why_its_tasks_wait(cast: Cast, storm: Storm) -> None:
    told = words(signed_in(cast.viewer).get(f"/builds/{storm.live.pk}/").text)
    for sentence in (
        "limit is used up until then; it goes on by itself", "Recovery decides what to do; at the latest",
        "Recovery needs an answer from a person",
    ):  # fmt: skip
        assert sentence in told, sentence
    assert f"{ROOM}tasks/{storm.waiting.pk}/" in signed_in(cast.viewer).get(
        f"/builds/{storm.live.pk}/tasks/{storm.waiting.pk}/"
    ).text  # fmt: skip


@pytest.mark.parametrize(
    ("person", "retry", "choose", "replay"), [("viewer", False, False, False), ("member", True, False, False),
                                              ("maintainer", True, True, True)],
)  # fmt: skip
def test_each_role_sees_its_buttons(
    cast: Cast, storm: Storm, person: str, retry: bool, choose: bool, replay: bool
) -> None:
    client = signed_in(cast.everybody()[person])
    task = client.get(f"{ROOM}tasks/{storm.undecided.pk}/").text
    assert ("Retry now" in task) is retry
    assert ("Use this strategy" in task, "Why not the others" in task, "Give up</button>" in task) == (choose,) * 3
    letter = client.get(f"{ROOM}dead-letters/{storm.quarantined.pk}/").text
    assert ("Edit its input first" in letter) is replay
    assert ("Accept it" in letter) is retry
    question = client.get(f"{ROOM}questions/{storm.request.pk}/").text
    assert ('name="answer"' in question) is retry
    assert ("A developer of the workspace can answer it." in question) is not retry
    assert ('value="give_up"' in question) is choose
    assert ("A maintainer can also" in question) is (retry and not choose)
    given_up = client.post(f"{ROOM}questions/{storm.request.pk}/answer/", {"answer": "give_up"})
    assert given_up.status_code == (302 if choose else 403)


def test_a_task_goes_on_at_once_with_a_note(cast: Cast, storm: Storm) -> None:
    client = signed_in(cast.member)
    answer = client.post(f"{ROOM}tasks/{storm.waiting.pk}/retry/", {"note": "use port 8081\x00"}, follow=True)
    assert "goes on at once" in answer.text
    task = Task.objects.get(pk=storm.waiting.pk)
    assert (task.state, task.params["recovery"]["note"]) == ("ready", "use port 8081")
    assert Event.objects.get(type="task.retried").actor == cast.member
    again = client.post(f"{ROOM}tasks/{storm.waiting.pk}/retry/")
    assert again.status_code == 409
    assert "cannot be decided about now" in again.text


def test_the_review_of_a_spec_is_not_recoverys(cast: Cast, storm: Storm) -> None:
    row = TaskFactory.create(build=storm.live, key=review.KEY, state="waiting", wait_reason=review.REASON)
    assert "Retry now" not in signed_in(cast.owner).get(f"{ROOM}tasks/{row.pk}/").text
    answer = signed_in(cast.owner).post(f"{ROOM}tasks/{row.pk}/retry/")
    assert (answer.status_code, "Approve the Spec" in answer.text) == (409, True)


@pytest.mark.feature("F3.2")
def test_a_strategy_is_chosen_of_those_that_are_possible(cast: Cast, storm: Storm) -> None:
    client = signed_in(cast.maintainer)
    path = f"{ROOM}tasks/{storm.undecided.pk}/"
    page = client.get(path)
    possible = {one.strategy for one in page.context["actions"].possible}
    impossible = page.context["actions"].impossible
    assert possible
    assert impossible[0].why_not in page.text.replace("&#x27;", "'").replace("&quot;", '"')
    assert "Choose a strategy." in client.post(f"{path}strategy/", {"strategy": "hope"}, follow=True).text
    refused = client.post(f"{path}strategy/", {"strategy": impossible[0].strategy})
    assert refused.status_code == 409
    assert RecoveryAttempt.objects.filter(task=storm.undecided, state="applied").count() == 0
    done = client.post(f"{path}strategy/", {"strategy": Strategy.CONTEXT_RECONSTRUCTION}, follow=True)
    assert "reconstruct the context" in done.text
    row = RecoveryAttempt.objects.get(task=storm.undecided)
    assert (row.actor, row.origin, row.source) == (cast.maintainer, "person", "person")
    assert "chosen by" in done.text


def test_giving_up_and_accepting(cast: Cast, storm: Storm) -> None:
    client = signed_in(cast.maintainer)
    given = client.post(f"{ROOM}tasks/{storm.undecided.pk}/give-up/", {"note": "not worth it"}, follow=True)
    assert "It can be replayed from the dead letters." in given.text
    assert Task.objects.get(pk=storm.undecided.pk).state == "failed"
    page = client.get(f"{ROOM}tasks/{storm.degraded.pk}/")
    assert "This cannot be undone." in page.text
    taken = client.post(f"{ROOM}tasks/{storm.degraded.pk}/accept/", follow=True)
    assert "took it as it is" in words(taken.text)
    assert Event.objects.get(type="task.accepted").actor == cast.maintainer
    assert client.post(f"{ROOM}tasks/{storm.asked.pk}/accept/").status_code == 409


@pytest.mark.feature("F3.10")
def test_dead_letters_with_their_evidence(cast: Cast, storm: Storm) -> None:
    client = signed_in(cast.viewer)
    assert "Write the invoices" in client.get(f"{ROOM}dead-letters/?state=quarantined").text
    assert "Deliver" not in words(client.get(f"{ROOM}dead-letters/?state=quarantined").text)
    page = client.get(f"{ROOM}dead-letters/{storm.quarantined.pk}/")
    for told in ("out of memory in &lt;module&gt;", "build-host/4711", "Its worker was lost three times."):
        assert told in page.text, told
    assert "It printed nothing." in client.get(f"{ROOM}dead-letters/{storm.failed.pk}/").text
    assert client.get(f"{ROOM}dead-letters/{storm.waiting.pk}/").status_code == 404
    storm.ended.state = BuildState.CANCELLED
    storm.ended.save()
    page = signed_in(cast.owner).get(f"{ROOM}dead-letters/{storm.quarantined.pk}/")
    assert "cannot be replayed" in page.text
    refused = signed_in(cast.owner).post(f"{ROOM}dead-letters/{storm.quarantined.pk}/replay/")
    assert (refused.status_code, "was cancelled" in refused.text) == (409, True)


@pytest.mark.feature("F3.10")
def test_a_dead_letter_is_replayed_with_another_input(cast: Cast, storm: Storm) -> None:
    Task.objects.filter(pk=storm.quarantined.pk).update(
        params={"goal": "invoices", "recovery": {"strategy": "retry_with_delay", "avoid": ["gpt"]}}
    )
    client = signed_in(cast.maintainer)
    path = f"{ROOM}dead-letters/{storm.quarantined.pk}/"
    shown = client.get(path).text
    assert "&quot;goal&quot;: &quot;invoices&quot;" in shown
    assert "retry_with_delay" not in shown
    wrong = client.post(f"{path}replay/", {"params": '{"goal":\n oops}'})
    assert (wrong.status_code, "Line 2" in wrong.text, "oops" in wrong.text) == (422, True, True)
    assert 'data-line="2"' in wrong.text
    assert Task.objects.get(pk=storm.quarantined.pk).state == "quarantined"
    answer = client.post(f"{path}replay/", {"params": '{"goal": "bills"}', "reason": "more memory"})
    assert answer.status_code == 302
    task = Task.objects.get(pk=storm.quarantined.pk)
    assert task.state in ("pending", "ready")
    assert (task.params["goal"], task.params["recovery"]["avoid"], task.crashes) == ("bills", ["gpt"], 0)
    event = Event.objects.get(type="task.replayed")
    assert (event.actor, event.payload["reason"], event.payload["edited"]) == (cast.maintainer, "more memory", True)


def test_an_input_that_was_not_changed_is_not_edited(cast: Cast, storm: Storm) -> None:
    form = {"params": '{"retries": 2, "goal": "invoices"}'}
    signed_in(cast.maintainer).post(f"{ROOM}dead-letters/{storm.quarantined.pk}/replay/", form)
    assert Event.objects.get(type="task.replayed").payload["edited"] is False


@pytest.mark.feature("F3.4")
def test_a_question_has_its_evidence_and_is_answered(cast: Cast, storm: Storm) -> None:
    client = signed_in(cast.member)
    path = f"{ROOM}questions/{storm.request.pk}/"
    page = words(client.get(path).text)
    for told in ("A sixth loan is accepted.", "Retry with a different agent (Does not ask: gpt): Failed again",
                 "assert 201 == 409", "Its work lies at commit cccccccc", "the task is given up"):  # fmt: skip
        assert told in page, told
    refused = client.post(f"{path}answer/", {"answer": "hope", "note": "my words"})
    assert (refused.status_code, "none of the answers" in refused.text, "my words" in refused.text) == (409, True, True)
    assert client.post(f"{path}answer/", {"note": "x"}).status_code == 422
    done = client.post(f"{path}answer/", {"answer": "retry", "note": "at most five"}, follow=True)
    assert "Answered: try again." in done.text
    row = HumanRequest.objects.get()
    assert (row.state, row.answered_by, row.note) == ("answered", cast.member, "at most five")
    assert Task.objects.get(pk=storm.asked.pk).state == "ready"
    closed = words(client.get(path).text)
    assert "Try again" in closed
    assert "at most five" in closed
    assert 'name="answer"' not in client.get(path).text
    assert "at most five" in client.get(f"{ROOM}questions/?state=all").text


@pytest.mark.feature("F3.8")
def test_known_fixes_say_what_fixed_what(cast: Cast, storm: Storm) -> None:
    KnownFixFactory.create(workspace=cast.workspace, uses=0, successes=0, params={})
    page = words(signed_in(cast.viewer).get(f"{ROOM}fixes/").text)
    for told in ("Does not ask: claude", "4 of 5 80 %", "0 of 0", "How often each strategy worked", "3.2"):
        assert told in page, told


def test_another_workspaces_rows_are_not_there(cast: Cast) -> None:
    theirs = stormy(WorkspaceFactory.create(slug="theirs"))
    client = signed_in(cast.owner)
    for path in (f"tasks/{theirs.waiting.pk}/", f"dead-letters/{theirs.failed.pk}/", f"questions/{theirs.request.pk}/"):
        assert client.get(ROOM + path).status_code == 404, path
    assert client.post(f"{ROOM}tasks/{theirs.waiting.pk}/retry/").status_code == 404
    assert client.get("/w/theirs/recovery/").status_code == 404


@pytest.mark.feature("F4.7")
def test_operators_read_all_and_may_forget_a_fix(cast: Cast, storm: Storm) -> None:
    SweepLease.objects.create(name="batch", holder="host/1", expires_at=storm.request.created_at)
    client = signed_in(UserFactory.create(is_staff=True, is_superuser=True))
    rows = {
        "recoveryattempt": storm.decisions[0].pk, "humanrequest": storm.request.pk, "knownfix": storm.fix.pk,
        "strategyrecord": cast.workspace.strategy_records.get().pk, "sweeplease": "batch",
    }  # fmt: skip
    for name, key in rows.items():
        assert client.get(f"/admin/recovery/{name}/").status_code == 200, name
        assert client.get(f"/admin/recovery/{name}/{key}/change/").status_code == 200, name
        assert client.post(f"/admin/recovery/{name}/{key}/change/", {}).status_code == 403, name
        assert client.get(f"/admin/recovery/{name}/add/").status_code == 403, name
    client.post("/admin/recovery/knownfix/", {"action": "forget", "_selected_action": [str(storm.fix.pk)]})
    assert not KnownFix.objects.exists()
    event = Event.objects.get(type="recovery.fix_forgotten")
    assert (event.workspace_id, event.payload["door"]) == (cast.workspace.pk, "admin")
