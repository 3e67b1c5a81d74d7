"""Addresses of the pages about providers."""

from __future__ import annotations

from django.urls import path

from providers.views import (
    budgets,
    chains,
    config,
    drills,
    edit,
    health,
    history,
    keys,
    ledger,
    local,
    prompts,
    routing,
)

app_name = "providers"
urlpatterns = [
    path("w/<slug:slug>/providers/", health.health, name="health"),
    path("w/<slug:slug>/providers/p/<slug:name>/enable/", health.enable, name="enable"),
    path("w/<slug:slug>/providers/p/<slug:name>/reset/", health.reset, name="reset"),
    path("w/<slug:slug>/providers/p/<slug:name>/test/", health.test, name="test"),
    path("w/<slug:slug>/providers/routing/", routing.routing, name="routing"),
    path("w/<slug:slug>/providers/routing/chain/", chains.chain, name="chain"),
    path("w/<slug:slug>/providers/routing/chain/remove/", chains.remove, name="chain_remove"),
    path("w/<slug:slug>/providers/config/", config.config, name="config"),
    path("w/<slug:slug>/providers/config/export/", config.export, name="export"),
    path("w/<slug:slug>/providers/config/history/", history.history, name="history"),
    path("w/<slug:slug>/providers/config/history/<int:number>/", history.revision, name="revision"),
    path("w/<slug:slug>/providers/config/history/<int:number>/revert/", history.revert, name="revert"),
    path("w/<slug:slug>/providers/calls/", ledger.calls, name="calls"),
    path("w/<slug:slug>/providers/calls/<uuid:call_id>/", ledger.call, name="call"),
    path("w/<slug:slug>/providers/decisions/", ledger.decisions, name="decisions"),
    path("w/<slug:slug>/providers/decisions/<uuid:decision_id>/", ledger.decision, name="decision"),
    path("w/<slug:slug>/providers/prompts/", prompts.prompts, name="prompts"),
    path("w/<slug:slug>/providers/new/", edit.new, name="new"),
    path("w/<slug:slug>/providers/p/<slug:name>/", edit.edit, name="edit"),
    path("w/<slug:slug>/providers/p/<slug:name>/remove/", edit.remove, name="remove"),
    path("w/<slug:slug>/providers/local/", local.local, name="local"),
    path("w/<slug:slug>/providers/local/add/", local.local_add, name="local_add"),
    path("w/<slug:slug>/providers/keys/", keys.keys, name="keys"),
    path("w/<slug:slug>/providers/keys/<str:name>/rotate/", keys.rotate, name="key_rotate"),
    path("w/<slug:slug>/providers/keys/<str:name>/remove/", keys.remove, name="key_remove"),
    path("w/<slug:slug>/providers/budgets/", budgets.budgets, name="budgets"),
    path("w/<slug:slug>/providers/budgets/<uuid:budget_id>/remove/", budgets.remove, name="budget_remove"),
    path("w/<slug:slug>/providers/drills/", drills.drills, name="drills"),
    path("w/<slug:slug>/providers/drills/<uuid:drill_id>/stop/", drills.stop, name="drill_stop"),
]
