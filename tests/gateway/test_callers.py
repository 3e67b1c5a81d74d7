"""Whose key it is, and whether that person may start work now: the role counts, not what the key was made with."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.accounts.models import Membership, Role
from autodev.accounts.services.api_keys import api_key_create
from autodev.accounts.services.members import member_role_change
from autodev.lib import clock
from autodev.lib.ids import new_id
from providers.gateway.callers import caller_of
from providers.models import Chain, Provider
from providers.services.job_tokens import job_token_create, job_tokens_revoke
from tests.cast import Cast

pytestmark = pytest.mark.feature("F2.16")


def key_of(cast: Cast, *scopes: str) -> str:
    _, text = api_key_create(access=cast.access(cast.member), user=cast.member, name="tool", scopes=list(scopes))
    return text


def test_a_key_reaches_as_far_as_its_scopes(cast: Cast) -> None:
    caller = caller_of(key_of(cast, "build"))
    assert caller is not None
    assert (caller.workspace_id, caller.user, caller.job) == (cast.workspace.pk, "member@example.org", False)
    assert caller_of(key_of(cast, "read")) is None
    assert caller_of("") is None
    assert caller_of("adj_unknown") is None


def test_a_key_reaches_no_further_than_its_member(cast: Cast) -> None:
    text = key_of(cast, "build")
    member = cast.workspace.memberships.get(user=cast.member)
    member_role_change(access=cast.access(cast.owner), member_id=member.pk, role=Role.VIEWER, actor=cast.owner)
    assert caller_of(text) is None


def test_who_is_no_member_any_more_calls_nothing(cast: Cast) -> None:
    """By whichever way the membership went, the admin for instance."""
    text = key_of(cast, "build")
    Membership.objects.filter(user=cast.member).delete()
    assert caller_of(text) is None


def test_a_job_token_ends_with_its_time_and_its_job(cast: Cast) -> None:
    task_id = new_id()
    token = job_token_create(workspace_id=cast.workspace.pk, task_id=task_id, epoch=2, lifetime=dt.timedelta(minutes=5))
    caller = caller_of(token)
    assert caller is not None
    assert (caller.task_id, caller.job) == (task_id, True)
    with clock.shifted(301):
        assert caller_of(token) is None
    later = job_token_create(workspace_id=cast.workspace.pk, task_id=task_id, epoch=3)
    assert job_tokens_revoke(task_id=task_id, up_to_epoch=2) == 1
    assert caller_of(token) is None
    assert caller_of(later) is not None


def test_the_first_who_asks_for_models_finds_the_chain_that_ships(cast: Cast) -> None:
    assert not Provider.objects.filter(workspace=cast.workspace).exists()
    assert caller_of(key_of(cast, "build")) is not None
    assert Chain.objects.get(workspace=cast.workspace, task_kind="default").providers[:2] == ["claude", "gpt"]
