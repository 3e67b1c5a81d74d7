"""Pages that take a form with their own address ask for the role of who sends it; and no id or name of one workspace
is good in the address of another."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse

from autodev.accounts.models import Membership, Role
from providers.models import Provider
from providers.services.credentials import credential_add
from tests.cast import Cast, signed_in
from tests.web.test_permissions import GETS, POSTS, addresses, get_resolver_arguments

__all__ = ["addresses"]

ROLES = {"owner": Role.OWNER, "maintainer": Role.MAINTAINER, "member": Role.DEVELOPER, "viewer": Role.VIEWER}
# Of the pages that can be read, those that can be sent too: by whom at least.
FORMS = {
    "projects:new_build": Role.DEVELOPER,
    "projects:import": Role.DEVELOPER,
    "projects:change": Role.DEVELOPER,
    "projects:spec_edit": Role.DEVELOPER,
    "providers:chain": Role.MAINTAINER,
    "providers:config": Role.MAINTAINER,
    "providers:new": Role.MAINTAINER,
    "providers:edit": Role.MAINTAINER,
    "providers:local": Role.MAINTAINER,
    "providers:keys": Role.MAINTAINER,
    "providers:budgets": Role.MAINTAINER,
    "providers:drills": Role.MAINTAINER,
    "accounts:workspace_settings": Role.MAINTAINER,
    "accounts:api_keys": Role.DEVELOPER,
}
OF_A_WORKSPACE = sorted(
    name for name in {**GETS, **POSTS} if {"slug", "build_id"} & set(next(iter(get_resolver_arguments(name))))
)
FILLED = {"text": "hello", "role": "viewer", "answer": "retry", "enabled": "yes", "secret": "sk-0123456789abcdef"}
# What names one thing of a workspace.
WORDS = {"call_id", "decision_id", "budget_id", "drill_id", "task_id", "fix_id", "member_id", "key_id", "request_id"}
WORDS |= {"name", "invitation_id"}


def post(client: Client, address: str) -> int:
    cache.clear()  # nobody is told to slow down
    return client.post(address, {"name": ""}).status_code


def test_forms(cast: Cast, addresses: dict[str, str]) -> None:
    people = sorted(ROLES.items(), key=lambda one: one[1].rank)
    for name in sorted(set(OF_A_WORKSPACE) & set(GETS)):
        if name not in FORMS:
            assert post(signed_in(cast.owner), addresses[name]) == 405, name
            continue
        assert post(signed_in(None), addresses[name]) == 302, name
        assert post(signed_in(cast.outsider), addresses[name]) == 404, name
        for who, role in people:
            refused = post(signed_in(getattr(cast, who)), addresses[name]) == 403
            assert refused == (role.rank < FORMS[name].rank), (name, who)


def test_forms_need_their_token(cast: Cast, addresses: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    for name in (*FORMS, *POSTS):
        assert post(client, addresses[name]) == 403, name


@pytest.fixture
def owned(cast: Cast) -> None:
    """A provider and a key whose name nobody else has."""
    Provider.objects.create(workspace=cast.workspace, name="ours", kind="litellm", model="openai/x")
    credential_add(workspace=cast.workspace, actor=cast.owner, name="ours", secret="sk-0123456789abcdef")


def test_nothing_of_one_workspace_is_found_in_another(cast: Cast, addresses: dict[str, str], owned: None) -> None:
    """The owner of another workspace, at the addresses of that one."""
    own = Membership.objects.get(user=cast.outsider).workspace
    client = signed_in(cast.outsider)
    asked = 0
    for name in OF_A_WORKSPACE:
        wanted = next(iter(get_resolver_arguments(name)))
        if "slug" not in wanted or not WORDS & set(wanted):
            continue
        given = get_resolver().resolve(addresses[name]).kwargs
        address = reverse(name, kwargs={**given, "slug": own.slug, **({"name": "ours"} if "name" in given else {})})
        asked += 1
        for method in ("get", "post"):
            cache.clear()
            code = getattr(client, method)(address, FILLED).status_code
            assert code in (404, 405), (name, method)
    assert asked > 20
