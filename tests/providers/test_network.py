"""Where a provider may be: never at a cloud's metadata service, and in production not in the installation's network."""

from __future__ import annotations

import ipaddress

import pytest
from pytest_django import Settings

from providers.config.provider import ProviderPart
from providers.network import refusal, refusal_of

METADATA = (
    "169.254.169.254", "169.254.1.1", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "168.63.129.16",
    "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "2852039166", "0xa9fea9fe", "169.254.43518",
    "metadata.google.internal", "METADATA.google.internal.", "[64:ff9b:1::a9fe:a9fe]", "[::a9fe:a9fe]",
    "[::ffff:0:a9fe:a9fe]",
)  # fmt: skip
INSIDE = ("127.0.0.1", "localhost", "127.1", "[::]", "[::1]", "10.2.3.4", "192.168.1.9", "172.17.0.1", "[fd12::1]",
          "[fec0::1]", "[::7f00:1]", "[64:ff9b:1::a00:1]", "[64:ff9b::a00:1]", "[::ffff:0:7f00:1]")  # fmt: skip


@pytest.mark.parametrize("host", METADATA)
def test_no_provider_is_at_a_metadata_service(host: str) -> None:
    assert "metadata" in refusal(host)
    with pytest.raises(ValueError, match="metadata"):
        ProviderPart(kind="litellm", model="openai/m", api_base=f"http://{host}/v1")


@pytest.mark.parametrize("host", INSIDE)
def test_ones_own_network_is_open_on_one_machine_and_closed_in_production(host: str, settings: Settings) -> None:
    assert not refusal(host)
    settings.PRODUCTION = True
    assert "AUTODEV_PROVIDER_HOSTS" in refusal(host)
    assert not refusal("api.example.org")
    assert not refusal("8.8.8.8")
    assert not refusal("[2606:4700::1111]")
    assert not refusal("[64:ff9b::808:808]")


def test_the_operator_names_what_is_open(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.AUTODEV_PROVIDER_HOSTS = ["ollama", ".lan", "10.1.0.0/16", "not a network"]
    inside = ipaddress.ip_address("172.20.0.3")
    assert not refusal_of(inside, host="ollama")
    assert not refusal_of(inside, host="gpu.lan")
    assert not refusal("10.1.200.9")
    assert refusal_of(inside, host="elan")
    assert refusal("10.2.0.1")
    assert "metadata" in refusal_of(ipaddress.ip_address("169.254.169.254"), host="ollama")
