"""Chains that were stored with the strategy of their settings say again that they follow them."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from autodev.accounts.models import User, Workspace
from providers.config import store
from providers.config.loading import load
from providers.models import Chain
from providers.services.settings import settings_change
from providers.states import Strategy
from tests.factories.accounts import WorkspaceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F2.13")]
migration = importlib.import_module("providers.migrations.0006_chains_that_follow")


def test_there_and_back(workspace: Workspace, user: User) -> None:
    """One workspace has a strategy of seeds 000 that is no chain's own, the other one of today's."""
    other = WorkspaceFactory.create()
    settings_change(workspace=other, actor=user, changes={"fallback_system": {"strategy": "cost_based"}})
    for place, strategy in ((workspace, "primary_secondary"), (other, "cost_based"), (other, "primary_secondary")):
        kind = f"{strategy.split('_', maxsplit=1)[0]}-kind"
        Chain.objects.create(workspace=place, task_kind=kind, providers=["gpt"], strategy=strategy)
    before = {place.pk: load(place.pk).chains for place in (workspace, other)}
    migration.follow(apps, None)
    assert set(Chain.objects.filter(workspace=workspace).values_list("strategy", flat=True)) == {""}
    of_other = dict(Chain.objects.filter(workspace=other).values_list("task_kind", "strategy"))
    assert of_other == {"cost-kind": "", "primary-kind": "primary_secondary"}
    assert {place.pk: load(place.pk).chains for place in (workspace, other)} == before
    assert "strategy" not in store.raw(workspace.pk)["chains"]["primary-kind"]
    migration.resolve(apps, None)
    assert not Chain.objects.filter(strategy="").exists()
    assert Chain.objects.get(workspace=other, task_kind="cost-kind").strategy == Strategy.COST_BASED
    assert {place.pk: load(place.pk).chains for place in (workspace, other)} == before
