"""Which addresses a provider may have. A workspace writes them, and this installation's machines go there.

The metadata services of clouds are never a provider's. In production, whose workspaces are strangers to each other,
neither is the installation's own network, except for what AUTODEV_PROVIDER_HOSTS names: names of hosts (`ollama`, or
`.lan` for all below it), addresses and networks (`10.1.0.0/16`).
"""

from __future__ import annotations

import ipaddress
import socket

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Clouds answer there with credentials of the machine that asks: AWS and most others, Alibaba, Azure, AWS by IPv6.
METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
)
# IPv6 networks whose addresses end with an IPv4 one that a gateway or the machine may take them for.
WRAPPED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")))
EVERYWHERE = ipaddress.IPv6Network("2000::/3")  # what is given to the public of IPv6; site-local is not in it
METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data", "metadata.tencentyun.com"})


def never(host: str) -> str:
    """Why no provider is ever at this host, as far as its name or number says, or nothing."""
    name = _name(host)
    found = literal(name)
    if name in METADATA_NAMES or (found is not None and _is_metadata(plain(found))):
        return f"{host} is the address of a cloud's metadata service, or of this machine's own wire"
    return ""


def refusal(host: str) -> str:
    """Why no provider may have this host, as far as its name or number says, or nothing. Where a name leads is seen
    when a connection is made (`refusal_of`)."""
    name = _name(host)
    found = literal(name)
    if found is not None:
        return refusal_of(found, host=name)
    local = name == "localhost" or name.endswith(".localhost")
    return never(name) or (_private(host) if settings.PRODUCTION and local and not named(name) else "")


def refusal_of(address: Address, *, host: str = "") -> str:
    """Why nothing may be sent to an address, which `host` is the name of."""
    address = plain(address)
    if _is_metadata(address):
        return never(str(address))
    inside = not address.is_global or (isinstance(address, ipaddress.IPv6Address) and address not in EVERYWHERE)
    if settings.PRODUCTION and inside and not named(host, address):
        return _private(host or str(address))
    return ""


def literal(host: str) -> Address | None:
    """The address that a host is written as, in any form that a resolver takes for one (`127.1`, `0x7f000001`)."""
    text = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text)) if text[:1].isdigit() else None
    except OSError:
        return None


def plain(address: Address) -> Address:
    """The IPv4 address inside of an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    # `::` and `::1` are themselves.
    if inner is None and int(address) > 1 and any(address in one for one in WRAPPED):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def named(host: str, address: Address | None = None) -> bool:
    """Whether the operator has named it."""
    for word in settings.AUTODEV_PROVIDER_HOSTS:
        if word.lower() == host or (word.startswith(".") and host.endswith(word.lower())):
            return True
        if address is not None and _in_network(address, word):
            return True
    return False


def _in_network(address: Address, word: str) -> bool:
    try:
        return address in ipaddress.ip_network(word, strict=False)
    except ValueError:
        return False


def _name(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _is_metadata(address: Address) -> bool:
    return address in METADATA or address.is_link_local or address.is_multicast


def _private(host: str) -> str:
    return f"{host} is in this installation's own network; its operator can name it in AUTODEV_PROVIDER_HOSTS"
