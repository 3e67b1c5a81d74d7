"""Chains, rules and settings of the routing, and its dry run."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autodev.accounts.models import Workspace
from autodev.lib.db import write
from providers.api.base import DOOR, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.routing import (
    ChainIn,
    ChainOut,
    ChoiceOut,
    NeedIn,
    OrderIn,
    RuleIn,
    RuleOut,
    SettingsIn,
    SettingsOut,
)
from providers.config import flag, store
from providers.live.fresh import fresh
from providers.models import Chain, RoutingRule
from providers.routing.dry import dry_run, sentence
from providers.routing.need import Need
from providers.services.chains import chain_remove, chain_save
from providers.services.rules import rule_remove, rule_save, rules_order
from providers.services.settings import fallback_chain_set, settings_change
from providers.states import CallPurpose, Strategy
from providers.targets import Capability


@of_workspace
class Chains(WorkspaceAPI):
    @extend_schema(operation_id="chains_list", responses=ChainOut(many=True))
    def get(self, request: Request) -> Response:
        """Who is asked in which order, by kind of task. Not paged."""
        workspace = self.reading(request).workspace
        rows = Chain.objects.filter(workspace=workspace).order_by("pk")
        return Response(ChainOut(rows, many=True, context=_followed(workspace)).data)


@of_workspace
class ChainOne(WorkspaceAPI):
    @extend_schema(operation_id="chains_save", request=ChainIn, responses=ChainOut)
    def put(self, request: Request, task_kind: str) -> Response:
        """Makes or changes the chain of a kind of task, of a task class, or `default`."""
        workspace, actor = self.changing(request)
        body = body_of(ChainIn, request)
        strategy = Strategy(body["strategy"]) if body.get("strategy") else None
        row = chain_save(
            workspace=workspace, actor=actor, task_kind=task_kind, providers=body["providers"], strategy=strategy,
            enabled=body["enabled"], door=DOOR,
        )  # fmt: skip
        return Response(ChainOut(row, context=_followed(workspace)).data)

    @extend_schema(operation_id="chains_destroy", responses={204: None})
    def delete(self, request: Request, task_kind: str) -> Response:
        """The default chain then serves that kind; it cannot be removed itself (409)."""
        workspace, actor = self.changing(request)
        chain_remove(workspace=workspace, actor=actor, task_kind=task_kind, door=DOOR)
        return Response(status=204)


@of_workspace
class Rules(WorkspaceAPI):
    @extend_schema(operation_id="rules_list", responses=RuleOut(many=True))
    def get(self, request: Request) -> Response:
        """The rules in the order in which they speak. Not paged."""
        return _rules(self.reading(request).workspace)

    @extend_schema(operation_id="rules_order", request=OrderIn, responses=RuleOut(many=True))
    def put(self, request: Request) -> Response:
        """These first, in this order, then the others as they stood."""
        workspace, actor = self.changing(request)
        rules_order(workspace=workspace, actor=actor, names=body_of(OrderIn, request)["names"], door=DOOR)
        return _rules(workspace)


@of_workspace
class RuleOne(WorkspaceAPI):
    @extend_schema(operation_id="rules_save", request=RuleIn, responses=RuleOut)
    def put(self, request: Request, name: str) -> Response:
        """Makes a rule behind the others, or changes the one of that name in its place."""
        workspace, actor = self.changing(request)
        body = body_of(RuleIn, request)
        row = rule_save(
            workspace=workspace, actor=actor, name=name, when=body.get("when") or {}, then=body["then"],
            enabled=body["enabled"], door=DOOR,
        )  # fmt: skip
        return Response(RuleOut(row).data)

    @extend_schema(operation_id="rules_destroy", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Removes it."""
        workspace, actor = self.changing(request)
        rule_remove(workspace=workspace, actor=actor, name=name, door=DOOR)
        return Response(status=204)


@of_workspace
class RoutingSettingsOne(WorkspaceAPI):
    @extend_schema(operation_id="routing_settings", responses=SettingsOut)
    def get(self, request: Request) -> Response:
        """Thresholds, weights and switches, with every default filled in."""
        return _settings(self.reading(request).workspace)

    @extend_schema(operation_id="routing_settings_change", request=SettingsIn, responses=SettingsOut)
    def patch(self, request: Request) -> Response:
        """Changes what is given; all processes go by it within two seconds."""
        workspace, actor = self.changing(request)
        body = body_of(SettingsIn, request, partial=True)

        def both() -> None:
            if body.get("settings"):
                settings_change(workspace=workspace, actor=actor, changes=body["settings"], door=DOOR)
            if "fallback_chain" in body:
                fallback_chain_set(workspace=workspace, actor=actor, enabled=body["fallback_chain"], door=DOOR)

        write(both)
        return _settings(workspace)


@of_workspace
class DryRun(WorkspaceAPI):
    @extend_schema(operation_id="routing_dry_run", request=NeedIn, responses=ChoiceOut)
    def post(self, request: Request) -> Response:
        """Where a request would go at this moment, in which order others would follow, and why not the rest. Nobody is
        asked, nothing is stored."""
        workspace = self.reading(request).workspace
        body = body_of(NeedIn, request)
        found = fresh(workspace.pk)
        choice = dry_run(found.view, _need(workspace, body), found.now, output_tokens=body["output_tokens"])
        places = choice.places()
        answer = {
            "chain": choice.chain, "strategy": choice.strategy, "chosen": choice.chosen, "reason": choice.reason,
            "sentence": sentence(choice, found.now), "previous": choice.previous, "trigger": choice.trigger,
            "candidates": [one for one in places if one["place"] is not None],
            "excluded": [one for one in places if one["place"] is None],
        }  # fmt: skip
        return Response(ChoiceOut(answer).data)


def _need(workspace: Workspace, body: dict[str, Any]) -> Need:
    return Need(
        workspace_id=workspace.pk,
        task_kind=body["task_kind"],
        task_class=body.get("task_class", ""),
        purpose=CallPurpose(body["purpose"]),
        project_id=body.get("project"),
        build_id=body.get("build"),
        user=body.get("user", ""),
        budget_usd=body.get("budget_usd"),
        only=tuple(body.get("only", ())),
        prefer=tuple(body.get("prefer", ())),
        avoid=tuple(body.get("avoid", ())),
        region=body.get("region", ""),
        capabilities=frozenset(Capability(one) for one in body.get("capabilities", ())),
        input_tokens=body["input_tokens"],
    )


def _followed(workspace: Workspace) -> dict[str, Any]:
    """The strategy of chains that name none."""
    return {"follow": store.read(workspace.pk).settings.fallback_system.chain_strategy}


def _rules(workspace: Workspace) -> Response:
    return Response(RuleOut(RoutingRule.objects.filter(workspace=workspace), many=True).data)


def _settings(workspace: Workspace) -> Response:
    document = store.read(workspace.pk)
    held = flag.fallback(document.settings, document.lovable_patterns)
    answer = {
        "settings": document.settings.model_dump(mode="json"),
        "changed": document.settings.stated(),
        "fallback_chain": {
            "on": held.on,
            "said_by": held.said_by,
            "own": document.lovable_patterns.p2_fallback_chain.enabled,
        },
    }
    return Response(SettingsOut(answer).data)
