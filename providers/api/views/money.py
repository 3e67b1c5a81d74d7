"""Budgets, and prices that differ from the table."""

from __future__ import annotations

import uuid

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from providers.api.base import DOOR, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.money import BudgetIn, BudgetOut, PriceIn, PriceOut
from providers.models import Budget, PriceOverride
from providers.models.money import BudgetScope
from providers.services.budgets import budget_remove, budget_set
from providers.services.errors import NoSuchThing
from providers.services.prices import price_remove, price_set
from providers.subjects import owned

OF_SOMETHING = {BudgetScope.PROJECT, BudgetScope.BUILD}


@of_workspace
class Budgets(WorkspaceAPI):
    @extend_schema(operation_id="budgets_list", responses=BudgetOut(many=True))
    def get(self, request: Request) -> Response:
        """The newest thousand, with what is spent and set aside. Not paged."""
        rows = Budget.objects.filter(workspace=self.reading(request).workspace).order_by("-pk")
        return Response(BudgetOut(rows[:1000], many=True).data)

    @extend_schema(operation_id="budgets_set", request=BudgetIn, responses=BudgetOut)
    def put(self, request: Request) -> Response:
        """Sets the limits of the workspace, its months, a project or a build. What was spent before counts."""
        workspace, actor = self.changing(request)
        body = body_of(BudgetIn, request)
        scope, subject = BudgetScope(body["scope"]), body.get("subject_id")
        if scope in OF_SOMETHING:
            if subject is None:
                raise ValidationError({"subject_id": f"Say which {scope} it is."})
            if not owned(scope, workspace.pk, subject):
                raise NoSuchThing(f"There is no such {scope}.")
        row = budget_set(
            workspace=workspace, actor=actor, scope=scope, subject_id=subject, limit_usd=body.get("limit_usd"),
            limit_calls=body.get("limit_calls"), warn_at=body.get("warn_at"), door=DOOR,
        )  # fmt: skip
        row.refresh_from_db()
        return Response(BudgetOut(row).data)


@of_workspace
class BudgetOne(WorkspaceAPI):
    @extend_schema(operation_id="budgets_destroy", responses={204: None})
    def delete(self, request: Request, budget_id: uuid.UUID) -> Response:
        """Nothing is limited there any more; of a month's budget, in no month."""
        workspace, actor = self.changing(request)
        row = Budget.objects.filter(workspace=workspace, pk=budget_id).first()
        if row is None:
            raise NoSuchThing("There is no such budget.")
        budget_remove(
            workspace=workspace, actor=actor, scope=BudgetScope(row.scope), subject_id=row.subject_id, door=DOOR
        )
        return Response(status=204)


@of_workspace
class Prices(WorkspaceAPI):
    @extend_schema(operation_id="prices_list", responses=PriceOut(many=True))
    def get(self, request: Request) -> Response:
        """Prices that differ from the table: the workspace's own, and the installation's. Not paged."""
        workspace = self.reading(request).workspace
        rows = PriceOverride.objects.filter(Q(workspace=workspace) | Q(workspace=None))
        return Response(PriceOut(rows, many=True).data)

    @extend_schema(operation_id="prices_create", request=PriceIn, responses={201: PriceOut})
    def post(self, request: Request) -> Response:
        """A price from a moment on. Earlier ones stay, for what was settled by them."""
        workspace, actor = self.changing(request)
        body = body_of(PriceIn, request)
        row = price_set(
            workspace=workspace, actor=actor, model=body["model"], input_usd=body["input_usd"],
            output_usd=body["output_usd"], cached_usd=body.get("cached_usd"),
            effective_from=body.get("effective_from"), door=DOOR,
        )  # fmt: skip
        row.refresh_from_db()
        return Response(PriceOut(row).data, status=201)


@of_workspace
class PriceOne(WorkspaceAPI):
    @extend_schema(operation_id="prices_destroy", responses={204: None})
    def delete(self, request: Request, price_id: uuid.UUID) -> Response:
        """Removes one of the workspace's own."""
        workspace, actor = self.changing(request)
        price_remove(workspace=workspace, actor=actor, price_id=price_id, door=DOOR)
        return Response(status=204)
