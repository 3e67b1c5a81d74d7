"""Who reaches which address. Every address of the site is in the matrix; a new one without a row fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.urls import URLResolver, get_resolver, reverse

from autodev.accounts.models import Invitation, Role
from autodev.accounts.services.api_keys import api_key_create
from autodev.accounts.services.invitations import invitation_create
from autodev.lib.clock import utcnow
from autodev.spec.rules import analyse
from projects import review
from projects.models import Build, LearnedFix, Message, Question, Task
from providers.models import Budget, Decision
from providers.services.drills import drill_start
from tests.cast import Cast, signed_in
from tests.factories.providers import call_of, lively
from tests.factories.recovery import Storm, stormy

PEOPLE = ("owner", "maintainer", "member", "viewer", "outsider", "nobody")
# what a GET (or POST, for the second half) answers to each of PEOPLE
READ = (200, 200, 200, 200, 404, 302)
DEVELOPERS = (200, 200, 200, 403, 404, 302)
NO_COMMIT = (404, 404, 404, 404, 404, 302)
SIGNED_IN = (200, 200, 200, 200, 200, 302)
GETS = {
    "projects:workspace": READ,
    "projects:new_build": DEVELOPERS,
    "projects:activity": READ,
    "projects:knowledge": READ,
    "projects:build": READ,
    "projects:output": READ,
    "projects:explained": READ,
    "projects:steps": READ,
    "projects:task": READ,
    "projects:transcript": READ,
    "projects:requirements": READ,
    "projects:findings": READ,
    "projects:spec": READ,
    "projects:spec_edit": DEVELOPERS,
    "projects:files": NO_COMMIT,
    "projects:file": NO_COMMIT,
    "projects:diff": NO_COMMIT,
    "projects:download": NO_COMMIT,
    "projects:evidence": READ,
    "projects:import": DEVELOPERS,
    "projects:change": DEVELOPERS,
    "projects:review": NO_COMMIT,
    "providers:health": READ,
    "providers:routing": READ,
    "providers:chain": (200, 200, 403, 403, 404, 302),
    "providers:config": READ,
    "providers:export": READ,
    "providers:prompts": READ,
    "providers:history": READ,
    "providers:revision": READ,
    "providers:new": (200, 200, 403, 403, 404, 302),
    "providers:edit": (200, 200, 403, 403, 404, 302),
    "providers:local": (200, 200, 403, 403, 404, 302),
    "providers:keys": READ,
    "providers:budgets": READ,
    "providers:drills": READ,
    "providers:calls": READ,
    "providers:call": READ,
    "providers:decisions": READ,
    "providers:decision": READ,
    "recovery:overview": READ,
    "recovery:state": READ,
    "recovery:timeline": READ,
    "recovery:task": READ,
    "recovery:fixes": READ,
    "recovery:dead_letters": READ,
    "recovery:dead_letter": READ,
    "recovery:requests": READ,
    "recovery:request": READ,
    "accounts:profile": SIGNED_IN,
    "accounts:password_change": SIGNED_IN,
    "accounts:workspace_new": SIGNED_IN,
    "accounts:workspace_settings": READ,
    "accounts:members": READ,
    "accounts:api_keys": DEVELOPERS,
    "home": (302,) * 4 + (302, 302),
    "accounts:setup": (302,) * 6,
    "accounts:sign_in": (302,) * 5 + (200,),
    "accounts:sign_up": (403,) * 6,
    "accounts:invitation": (200,) * 5 + (200,),
    "accounts:password_reset": (200,) * 6,
    "accounts:password_reset_sent": (200,) * 6,
    "accounts:password_reset_confirm": (200,) * 6,
    "healthz": (200,) * 6,
    "readyz": (200,) * 6,
    "api:docs": (200,) * 6,
    "api:schema": (200,) * 6,
}
STEER = (302, 302, 302, 403, 404, 302)
MAINTAINERS = (302, 302, 403, 403, 404, 302)
POSTS = {
    "projects:cancel": STEER,
    "projects:pause": STEER,
    "projects:resume": STEER,
    "projects:rollback": STEER,
    "projects:replay": STEER,
    "projects:ask": STEER,
    "projects:say": STEER,
    "projects:withdraw": STEER,
    "projects:answer": STEER,
    "projects:merge": MAINTAINERS,
    "projects:discard": (409, 409, 409, 403, 404, 302),  # it is no change
    "projects:undo": (409, 409, 409, 403, 404, 302),
    "projects:spec_approve": STEER,
    "projects:spec_restore": STEER,
    "projects:knowledge_switch": MAINTAINERS,
    "projects:knowledge_delete": MAINTAINERS,
    "projects:knowledge_restore": MAINTAINERS,
    "providers:enable": MAINTAINERS,
    "providers:reset": MAINTAINERS,
    "providers:test": STEER,
    "providers:revert": MAINTAINERS,
    "providers:remove": (409, 409, 403, 403, 404, 302),  # the default chain names it
    "providers:local_add": (404, 404, 403, 403, 404, 302),  # there is no endpoint
    "providers:key_rotate": MAINTAINERS,
    "providers:budget_remove": MAINTAINERS,
    "providers:chain_remove": (404, 404, 403, 403, 404, 302),  # no chain is named
    "providers:drill_stop": MAINTAINERS,
    "providers:key_remove": (404, 404, 403, 403, 404, 302),
    "recovery:retry": STEER,
    "recovery:strategy": MAINTAINERS,
    "recovery:give_up": MAINTAINERS,
    "recovery:accept": STEER,
    "recovery:replay": MAINTAINERS,
    "recovery:answer": STEER,
    "accounts:member_role": MAINTAINERS,
    "accounts:member_remove": (302, 302, 403, 302, 404, 302),  # it is the viewer's own: leaving
    "accounts:invite": (200, 200, 403, 403, 404, 302),
    "accounts:invitation_withdraw": MAINTAINERS,
    "accounts:api_key_revoke": (302, 302, 302, 403, 404, 302),
    "accounts:sign_out": (302,) * 6,
}


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif entry.name:
            yield f"{prefix}{entry.name}"


def test_every_page_is_in_the_matrix() -> None:
    others = {n for n in names(get_resolver()) if n.startswith("admin:") or (n.startswith("api:") and n not in GETS)}
    assert set(names(get_resolver())) - others == set(GETS) | set(POSTS)


@pytest.fixture
def addresses(cast: Cast, build: Build) -> dict[str, str]:
    invitation, token = invitation_create(
        access=cast.access(cast.owner), email="new@example.org", role=Role.VIEWER, actor=cast.owner
    )
    key, _ = api_key_create(access=cast.access(cast.member), user=cast.member, name="k", scopes=["read"])
    gpt = lively(cast.workspace, calls=1)["gpt"]
    call = call_of(gpt)
    drill = drill_start(workspace=cast.workspace, provider=gpt, fault="hang", actor=cast.owner)
    task = build.tasks.get(key="implement")
    message = Message.objects.create(build=build, text="hello")
    question = Question.objects.create(build=build, task=task, key="k", text="?", assumption="!", until=utcnow())
    fix = LearnedFix.objects.create(workspace=cast.workspace, signature="s", check_key="lint", example="e", digest="d")
    arguments = {
        "fix_id": fix.pk, "event_id": uuid.uuid4(), "message_id": message.pk, "question_id": question.pk,
        "slug": "engines", "build_id": build.pk, "task_id": task.pk, "path": "README.md", "token": token,
        "step_id": task.steps.get(key="s0").pk, "member_id": cast.workspace.memberships.get(user=cast.viewer).pk,
        "number": 1, "name": "gpt", "call_id": call.pk, "drill_id": drill.pk,
        "budget_id": Budget.objects.get().pk,
        "decision_id": Decision.objects.get().pk, "invitation_id": invitation.pk, "key_id": key.pk, "uidb64": "MQ",
    }  # fmt: skip
    storm = stormy(cast.workspace, cast.member)
    found = {}
    for name in {**GETS, **POSTS}:
        wanted = next(iter(get_resolver_arguments(name)))
        given = {**arguments, **(of_recovery(name, storm) if name.startswith("recovery:") else {})}
        found[name] = reverse(name, kwargs={a: given[a] for a in wanted})
    return found


def of_recovery(name: str, storm: Storm) -> dict[str, object]:
    """A task of which the act can be asked."""
    tasks = {
        "recovery:dead_letter": storm.failed, "recovery:replay": storm.quarantined, "recovery:accept": storm.degraded,
    }  # fmt: skip
    return {"task_id": tasks.get(name, storm.undecided).pk, "request_id": storm.request.pk}


def get_resolver_arguments(name: str) -> list[tuple[str, ...]]:
    """The argument names of an address."""
    space, _, short = name.rpartition(":")
    resolver = get_resolver()
    if space:
        resolver = resolver.namespace_dict[space][1]
    return [tuple(possibility[0][0][1]) for possibility in resolver.reverse_dict.getlist(short)]


@pytest.mark.parametrize("name", sorted(GETS))
def test_reading(cast: Cast, addresses: dict[str, str], name: str) -> None:
    answers = tuple(signed_in(user).get(addresses[name]).status_code for user in cast.everybody().values())
    assert dict(zip(PEOPLE, answers, strict=True)) == dict(zip(PEOPLE, GETS[name], strict=True))


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", sorted(POSTS))
def test_changing(cast: Cast, addresses: dict[str, str], name: str, person: str) -> None:
    form = {"role": "viewer", "email": "x@example.org", "answer": "retry", "text": "hello"}
    if name == "projects:resume":
        Build.objects.update(state="paused")
    if name.startswith("projects:spec"):
        form["version"] = "1"
        Build.objects.update(spec=analyse("A todo list").model_dump(mode="json"))
        Task.objects.filter(key="implement").update(key=review.KEY, state="waiting")
    Task.objects.update(started_at=utcnow())
    answer = signed_in(cast.everybody()[person]).post(addresses[name], form)
    assert answer.status_code == POSTS[name][PEOPLE.index(person)]
    assert signed_in(cast.owner).get(addresses[name]).status_code == 405


def test_a_build_that_is_not_there_looks_like_one_that_is_not_yours(cast: Cast, build: Build) -> None:
    client = signed_in(cast.outsider)
    theirs, nobodys = client.get(f"/builds/{build.pk}/"), client.get(f"/builds/{uuid.uuid4()}/")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.context["message"] == nobodys.context["message"]


def test_a_step_and_a_task_of_another_build_are_not_found(cast: Cast, build: Build) -> None:
    from tests.factories.projects import BuildFactory, ProjectFactory, TaskFactory

    other = TaskFactory.create(build=BuildFactory.create(project=ProjectFactory.create(workspace=cast.workspace)))
    assert signed_in(cast.owner).get(f"/builds/{build.pk}/tasks/{other.pk}/").status_code == 404
    assert signed_in(cast.owner).get(f"/builds/{other.build_id}/tasks/{other.pk}/").status_code == 200


def test_forms_need_their_token(cast: Cast, build: Build) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    answer = client.post(f"/builds/{build.pk}/cancel/")
    assert answer.status_code == 403
    assert "Reload the page" in answer.text


def test_invitations_are_not_enumerable(cast: Cast) -> None:
    assert signed_in(None).get("/invitations/guess/").status_code == 404
    assert not Invitation.objects.exists()
