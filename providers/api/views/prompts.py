"""Versions of prompts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.api.parameters import WORKSPACE, workspace_of
from providers.prompts.workspace import figures_of


class PromptOut(serializers.Serializer[Any]):
    """A version. `uses` counts requests, `valid` of `calls` gave an answer of the form asked for, `passed` of `judged`
    led to work that passed its checks. `holds`: it is used now; `pinned` by the workspace's settings."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    note = serializers.CharField()
    uses = serializers.IntegerField()
    calls = serializers.IntegerField()
    valid = serializers.IntegerField()
    judged = serializers.IntegerField()
    passed = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost_usd = serializers.DecimalField(max_digits=16, decimal_places=8)
    last_used_at = serializers.DateTimeField(allow_null=True)
    holds = serializers.BooleanField()
    pinned = serializers.BooleanField()
    there = serializers.BooleanField()


class Prompts(APIView):
    @extend_schema(operation_id="prompts_list", parameters=[WORKSPACE], responses=PromptOut(many=True))
    def get(self, request: Request) -> Response:
        """All prompts by name, the newest version first, with what came of each. Not paged."""
        return Response(PromptOut(figures_of(workspace_of(request).workspace.pk), many=True).data)
