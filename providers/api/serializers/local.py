"""Endpoints on one's own machines."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from providers.api.serializers.fields import NAME


class LookIn(serializers.Serializer[Any]):
    url = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text="The usual ports, where left out."
    )


class LocalModelOut(serializers.Serializer[Any]):
    """`name` is the server's, `model` litellm's."""

    name = serializers.CharField()
    model = serializers.CharField()
    context_window = serializers.IntegerField(allow_null=True)
    capabilities = serializers.SerializerMethodField()

    def get_capabilities(self, found: Any) -> list[str]:
        return sorted(found.capabilities)


class LocalEndpointOut(serializers.Serializer[Any]):
    server = serializers.CharField()
    api_base = serializers.CharField()
    models = LocalModelOut(many=True)


class LocalAddIn(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=300)
    model = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="By either name; the first, where left out."
    )
    name = serializers.RegexField(NAME, required=False)
