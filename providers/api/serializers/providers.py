"""Providers and their keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from providers.api.serializers.fields import NAME, JsonObject
from providers.config.store import provider_part
from providers.models import Credential, Provider
from providers.services.credentials import LEAST, MOST
from providers.states import BreakerState
from providers.status import EMERGENCY, NO_KEY, NO_PROGRAM, OFF

STATES = [*BreakerState.values, OFF, NO_KEY, NO_PROGRAM, EMERGENCY]
PART = "What models.yaml says of a provider: `kind`, `model`, `keys` (names), `price`, `deadlines`, …"


class StatusOut(serializers.Serializer[Any]):
    """`state` is the circuit's, or why nobody asks: `off`, `no_key`, `no_program` (an agent
    program that is not installed); `emergency` is asked last. `place` is that in the
    default chain. `sentence` says what happens next."""

    state = serializers.ChoiceField(choices=STATES)
    sentence = serializers.CharField()
    place = serializers.IntegerField(allow_null=True)
    success_rate = serializers.FloatField(allow_null=True)
    first_token_ms = serializers.FloatField(allow_null=True)
    consecutive_failures = serializers.IntegerField()
    samples = serializers.IntegerField()
    until_s = serializers.FloatField(allow_null=True, help_text="Seconds until it is tried again.")
    failure_kind = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)


class PriceNow(serializers.Serializer[Any]):
    """What is reckoned with at present, in US dollars per million tokens, and where it is from. Null: nobody knows it,
    so that its calls are counted at nothing and no budget in dollars holds them; also of what is switched off."""

    input_usd = serializers.DecimalField(max_digits=12, decimal_places=6)
    output_usd = serializers.DecimalField(max_digits=12, decimal_places=6)
    cached_usd = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    cache_write_usd = serializers.DecimalField(max_digits=12, decimal_places=6, allow_null=True)
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment] # a field, not where one is from
    as_of = serializers.CharField(allow_blank=True)


class ProviderOut(serializers.ModelSerializer[Provider]):
    config = serializers.SerializerMethodField(help_text=PART)
    price = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()

    class Meta:
        model = Provider
        fields = ("id", "name", "kind", "model", "enabled", "config", "price", "status", "created_at", "updated_at")

    def get_config(self, row: Provider) -> dict[str, Any]:
        return provider_part(row)

    @extend_schema_field(PriceNow(allow_null=True))
    def get_price(self, row: Provider) -> Any:
        found = self.context["prices"].get(row.name)
        return None if found is None else PriceNow(found).data

    @extend_schema_field(StatusOut)
    def get_status(self, row: Provider) -> Any:
        return StatusOut(self.context["statuses"][row.name]).data


class ProviderCheckOut(serializers.Serializer[Any]):
    """The newest test of the last hour. `overdue`: no worker has answered in a minute; `none`: there was no test."""

    state = serializers.ChoiceField(choices=["none", "running", "overdue", "passed", "failed"])
    text = serializers.CharField(allow_blank=True, help_text="What came, in words.")
    hint = serializers.CharField(allow_blank=True, help_text="What to do about it.")
    at = serializers.DateTimeField(allow_null=True)


class ProviderIn(serializers.Serializer[Any]):
    name = serializers.RegexField(NAME)
    config = JsonObject(help_text=PART)
    chain = serializers.RegexField(
        r"^[a-z][a-z0-9_-]{0,59}$", required=False, help_text="Puts it there, before the emergency providers."
    )


class ProviderChange(serializers.Serializer[Any]):
    config = JsonObject(help_text=f"{PART} With PATCH only what changes; null takes a word away.")


class CredentialOut(serializers.ModelSerializer[Credential]):
    """`hint` are the last characters of a long key. The key itself is never shown."""

    created_by = serializers.CharField(allow_null=True)
    used_by = serializers.SerializerMethodField()

    class Meta:
        model = Credential
        fields = ("name", "hint", "created_by", "created_at", "rotated_at", "used_by")

    def get_used_by(self, row: Credential) -> list[str]:
        """Names of the providers that list it."""
        return [name for name, keys in self.context["keys"] if row.name in keys]


class SecretIn(serializers.Serializer[Any]):
    secret = serializers.CharField(write_only=True, min_length=LEAST, max_length=MOST)


class CredentialIn(SecretIn):
    name = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}$")


class CredentialGone(serializers.Serializer[Any]):
    """Providers that still name it, and have one key less."""

    named_by = serializers.ListField(child=serializers.CharField())
