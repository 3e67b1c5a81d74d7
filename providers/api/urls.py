"""Addresses of the endpoints."""

from __future__ import annotations

from django.urls import path, re_path

from providers.api.views import config, credentials, drills, ledger, local, money, prompts, providers, routing

urlpatterns = [
    path("providers/", providers.Providers.as_view(), name="providers"),
    path("providers/<slug:name>/", providers.ProviderOne.as_view(), name="provider"),
    path("providers/<slug:name>/enable/", providers.Enable.as_view(), name="provider_enable"),
    path("providers/<slug:name>/disable/", providers.Disable.as_view(), name="provider_disable"),
    path("providers/<slug:name>/reset/", providers.ResetCircuit.as_view(), name="provider_reset"),
    path("providers/<slug:name>/test/", providers.TestOne.as_view(), name="provider_test"),
    path("local-endpoints/", local.LocalLook.as_view(), name="local_look"),
    path("local-endpoints/add/", local.LocalAdd.as_view(), name="local_add"),
    path("prompts/", prompts.Prompts.as_view(), name="prompts"),
    path("credentials/", credentials.Credentials.as_view(), name="credentials"),
    re_path(
        r"^credentials/(?P<name>[A-Za-z0-9][A-Za-z0-9 _.-]{0,79})/$",
        credentials.CredentialOne.as_view(),
        name="credential",
    ),
    path("routing/chains/", routing.Chains.as_view(), name="chains"),
    path("routing/chains/<slug:task_kind>/", routing.ChainOne.as_view(), name="chain"),
    path("routing/rules/", routing.Rules.as_view(), name="rules"),
    path("routing/rules/<path:name>/", routing.RuleOne.as_view(), name="rule"),
    path("routing/settings/", routing.RoutingSettingsOne.as_view(), name="routing_settings"),
    path("routing/dry-run/", routing.DryRun.as_view(), name="dry_run"),
    path("routing/decisions/", ledger.Decisions.as_view(), name="decisions"),
    path("routing/decisions/<uuid:decision_id>/", ledger.DecisionOne.as_view(), name="decision"),
    path("config/", config.Config.as_view(), name="config"),
    path("config/preview/", config.Preview.as_view(), name="config_preview"),
    path("config/revisions/", config.Revisions.as_view(), name="config_revisions"),
    path("config/revisions/<int:number>/", config.RevisionOne.as_view(), name="config_revision"),
    path("config/revisions/<int:number>/revert/", config.Revert.as_view(), name="config_revert"),
    path("calls/", ledger.Calls.as_view(), name="calls"),
    path("calls/usage/", ledger.UsageOfProviders.as_view(), name="calls_usage"),
    path("budgets/", money.Budgets.as_view(), name="budgets"),
    path("budgets/<uuid:budget_id>/", money.BudgetOne.as_view(), name="budget"),
    path("prices/", money.Prices.as_view(), name="prices"),
    path("prices/<uuid:price_id>/", money.PriceOne.as_view(), name="price"),
    path("drills/", drills.Drills.as_view(), name="drills"),
    path("drills/faults/", drills.Faults.as_view(), name="drill_faults"),
    path("drills/<uuid:drill_id>/", drills.DrillOne.as_view(), name="drill"),
    path("drills/<uuid:drill_id>/stop/", drills.Stop.as_view(), name="drill_stop"),
]
