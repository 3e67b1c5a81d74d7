"""Who reaches which endpoint, with which method. Every endpoint of the API is in the matrix; a new one without a row
fails. Ids of another workspace are as good as ids of nothing, whoever names them and through whichever workspace."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from autodev.accounts.access import Actor
from autodev.accounts.models import Membership, Role
from autodev.accounts.selectors import workspace_id_for_user
from autodev.accounts.services.api_keys import api_key_create
from projects.models import Build, LearnedFix, Message, Question
from providers.models import Budget, Decision, Provider
from providers.services.credentials import credential_add
from providers.services.drills import drill_start
from providers.services.prices import price_set
from tests.cast import Cast, key_client, signed_in
from tests.factories.providers import call_of, lively
from tests.factories.recovery import Storm, stormy

Endpoint = tuple[str, str]
Answers = dict[Endpoint, int]
READ, BUILD, MAINTAIN = Role.VIEWER, Role.DEVELOPER, Role.MAINTAINER
ROLES = {"owner": Role.OWNER, "maintainer": Role.MAINTAINER, "member": Role.DEVELOPER, "viewer": Role.VIEWER}
# Endpoints with more than GETs for all members: the lowest role for each method.
ACTS: dict[str, dict[str, Role]] = {
    "builds": {"post": BUILD},
    "build_cancel": {"post": BUILD},
    "build_pause": {"post": BUILD},
    "build_resume": {"post": BUILD},
    "build_rollback": {"post": BUILD},
    "build_replay": {"post": BUILD},
    "build_changes": {"post": BUILD},
    "build_merge": {"post": MAINTAIN},
    "build_discard": {"post": BUILD},
    "build_undo": {"post": BUILD},
    "imports": {"post": BUILD},
    "build_spec": {"put": BUILD},
    "build_spec_approve": {"post": BUILD},
    "build_spec_restore": {"post": BUILD},
    "build_messages": {"post": BUILD},
    "build_message_withdraw": {"post": BUILD},
    "build_question_answer": {"post": BUILD},
    "build_explanations": {"post": BUILD},
    "knowledge_one": {"patch": MAINTAIN, "delete": MAINTAIN},
    "knowledge_restore": {"post": MAINTAIN},
    "providers": {"post": MAINTAIN},
    "provider": {"put": MAINTAIN, "patch": MAINTAIN, "delete": MAINTAIN},
    "provider_enable": {"post": MAINTAIN},
    "provider_disable": {"post": MAINTAIN},
    "provider_reset": {"post": MAINTAIN},
    "provider_test": {"post": BUILD},
    "local_look": {"post": MAINTAIN},
    "local_add": {"post": MAINTAIN},
    "credentials": {"post": MAINTAIN},
    "credential": {"put": MAINTAIN, "delete": MAINTAIN},
    "chain": {"put": MAINTAIN, "delete": MAINTAIN},
    "rules": {"put": MAINTAIN},
    "rule": {"put": MAINTAIN, "delete": MAINTAIN},
    "routing_settings": {"patch": MAINTAIN},
    "dry_run": {"post": READ},
    "config": {"put": MAINTAIN},
    "config_preview": {"post": READ},
    "config_revert": {"post": MAINTAIN},
    "budgets": {"put": MAINTAIN},
    "budget": {"delete": MAINTAIN},
    "prices": {"post": MAINTAIN},
    "price": {"delete": MAINTAIN},
    "drills": {"post": MAINTAIN},
    "drill_stop": {"post": MAINTAIN},
    "recovery_retry": {"post": BUILD},
    "recovery_strategy": {"post": MAINTAIN},
    "recovery_give_up": {"post": MAINTAIN},
    "recovery_accept": {"post": BUILD},
    "dead_letter_replay": {"post": MAINTAIN},
    "recovery_answer": {"post": BUILD},
}
EVERYBODYS = {"schema", "docs", "unknown"}
# They read the body before they look who may, for it says where.
BODIES = {
    "v1/builds/": {"idea": "A todo list"},
    "v1/imports/": {"url": "file:///etc"},
    "/changes/": {"text": "Another colour"},
}
IN_THE_BODY = ("v1/builds/", "v1/imports/")
OWN_LISTS = {("workspaces", "get"), ("projects", "get"), ("builds", "get")}  # of all workspaces that one reaches


def endpoints() -> Iterator[Endpoint]:
    """(name, method) of everything below /api/ that a view of the API answers."""
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace == "api":
            yield from _methods(entry)


def _methods(resolver: URLResolver) -> Iterator[Endpoint]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _methods(entry)
        elif entry.name and entry.name not in EVERYBODYS:
            view = getattr(entry.callback, "cls", None)
            methods = [one for one in getattr(view, "http_method_names", ()) if hasattr(view, one)]
            yield from ((entry.name, one) for one in methods if one not in ("head", "options"))


ALL = sorted(endpoints())
UNSAFE = [one for one in ALL if one[1] != "get"]
# Names, by which others have things too.
FOREIGN_NAMES = {
    (name, method) for name in ("provider", "provider_enable", "provider_reset") for method in ("get", "post")
}
NAMED = [one for one in ALL if one not in OWN_LISTS]


@pytest.fixture
def things(cast: Cast, build: Build) -> dict[str, Any]:
    """Something of everything that an address can name."""
    gpt = lively(cast.workspace, calls=1)["gpt"]
    call_of(gpt)
    Provider.objects.create(workspace=cast.workspace, name="ours-alone", kind="litellm", model="openai/x")
    credential_add(workspace=cast.workspace, actor=cast.owner, name="ours-alone", secret="sk-0123456789abcdef")
    one = Decimal(1)
    price = price_set(workspace=cast.workspace, actor=cast.owner, model="m", input_usd=one, output_usd=one)
    drill = drill_start(workspace=cast.workspace, provider=gpt, fault="hang", actor=cast.owner)
    task = build.tasks.get(key="implement")
    message = Message.objects.create(build=build, text="hello")
    question = Question.objects.create(
        build=build, task=task, key="k", text="?", assumption="!", until=price.effective_from
    )
    fix = LearnedFix.objects.create(workspace=cast.workspace, signature="s", check_key="lint", example="e", digest="d")
    return {
        "project_id": build.project_id, "build_id": build.pk, "task_id": task.pk, "message_id": message.pk,
        "question_id": question.pk, "fix_id": fix.pk, "event_id": uuid.uuid4(), "number": 1, "path": "README.md",
        "name": "ours-alone", "task_kind": "ours-alone", "drill_id": drill.pk, "price_id": price.pk,
        "budget_id": Budget.objects.get().pk, "decision_id": Decision.objects.get().pk,
        "storm": stormy(cast.workspace, cast.member),
    }  # fmt: skip


def address(name: str, things: dict[str, Any], workspace_id: uuid.UUID) -> str:
    storm: Storm = things["storm"]
    given = dict(things)
    if name.startswith(("recovery", "dead")):
        of = {"dead_letter": storm.failed, "dead_letter_replay": storm.quarantined, "recovery_accept": storm.degraded}
        given |= {
            "task_id": of.get(name, storm.undecided).pk, "request_id": storm.request.pk,
            "attempt_id": storm.decisions[0].pk,
        }  # fmt: skip
    wanted = get_resolver().namespace_dict["api"][1].reverse_dict.getlist(name)[0][0][0][1]
    return f"{reverse(f'api:{name}', kwargs={one: given[one] for one in wanted})}?workspace={workspace_id}"


def status(client: Client, method: str, path: str) -> int:
    code: int = asked(client, method, path).status_code
    return code


def asked(client: Client, method: str, path: str) -> Any:
    cache.clear()  # nobody is told to slow down
    where, _, workspace_id = path.partition("?workspace=")
    body: dict[str, Any] = next((body for end, body in BODIES.items() if where.endswith(end)), {"enabled": True})
    body = {**body, "workspace": workspace_id} if where.endswith(IN_THE_BODY) else body
    return client.generic(method.upper(), path, json.dumps(body), "application/json")


def answers(client: Client, things: dict[str, Any], workspace_id: uuid.UUID, of: Sequence[Endpoint]) -> Answers:
    return {one: status(client, one[1], address(one[0], things, workspace_id)) for one in of}


def test_every_endpoint_is_in_the_matrix() -> None:
    assert set(UNSAFE) == {(name, method) for name, methods in ACTS.items() for method in methods}
    assert len(ALL) > 90


def test_nobody_and_outsiders(cast: Cast, things: dict[str, Any]) -> None:
    found = answers(Client(), things, cast.workspace.pk, ALL)
    assert set(found.values()) == {401}, found
    found = answers(signed_in(cast.outsider), things, cast.workspace.pk, NAMED)
    assert set(found.values()) == {404}, found


def test_an_id_does_not_travel(cast: Cast, things: dict[str, Any]) -> None:
    """The owner of another workspace, who names that one in the address and what is in this one."""
    client, own = signed_in(cast.outsider), Membership.objects.get(user=cast.outsider).workspace
    ids = {str(one) for one in things.values() if isinstance(one, uuid.UUID)} - {str(things["event_id"])}
    for name, method in NAMED:
        path = address(name, things, own.pk)
        answer = asked(client, method, path)
        if any(one in path for one in ids) or (name, method) in FOREIGN_NAMES:
            assert answer.status_code == 404, (name, method)
        told = [one for one in (*ids, "ours-alone", str(cast.workspace.pk)) if one not in path and one in answer.text]
        assert not told, (name, method)


def test_roles(cast: Cast, things: dict[str, Any]) -> None:
    """Below the role 403, whatever the body; from it on anything else."""
    people = {signed_in(getattr(cast, who)): role for who, role in sorted(ROLES.items(), key=lambda one: one[1].rank)}
    for name, method in UNSAFE:
        for client, role in people.items():
            refused = status(client, method, address(name, things, cast.workspace.pk)) == 403
            assert refused == (role.rank < ACTS[name][method].rank), (name, method, role)


def test_a_key_stays_in_its_workspace(cast: Cast, things: dict[str, Any]) -> None:
    """Somebody of both workspaces, with a key of the other one."""
    other = Membership.objects.get(user=cast.outsider).workspace
    Membership.objects.create(workspace=cast.workspace, user=cast.outsider, role=Role.OWNER)
    access = workspace_id_for_user(Actor(user=cast.outsider), other.pk)
    _, text = api_key_create(access=access, user=cast.outsider, name="k", scopes=["admin"])
    client = Client(headers={"Authorization": f"Bearer {text}"})
    found = answers(client, things, cast.workspace.pk, NAMED)
    assert set(found.values()) == {404}, found


def test_a_key_that_reads_changes_nothing(cast: Cast, things: dict[str, Any]) -> None:
    found = answers(key_client(cast, cast.owner, "read"), things, cast.workspace.pk, UNSAFE)
    assert {one for one, code in found.items() if code != 403} == {
        (name, method) for name, method in UNSAFE if ACTS[name][method] is READ
    }


def test_a_session_needs_its_token(cast: Cast, things: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    for name, method in UNSAFE:
        answer = asked(client, method, address(name, things, cast.workspace.pk))
        assert (answer.status_code, "CSRF" in answer.text) == (403, True), (name, method)
