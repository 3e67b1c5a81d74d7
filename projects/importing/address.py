"""Which addresses a repository is fetched from. Whoever asks names them, and this installation's machines go there."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from projects.importing.errors import ImportRefused, ImportUnreachable
from providers.network import refusal, refusal_of

LONGEST = 300
_PATH = re.compile(r"/[A-Za-z0-9._~%/+-]{1,200}")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that was looked at; `pin` is for curl: it goes to the addresses that were looked at, and nowhere else
    that the name may lead to a moment later."""

    url: str
    scheme: str
    pin: str


def checked_url(url: str) -> str:
    """The address as it is stored, as far as its text tells. Raises ImportRefused: https alone, without credentials,
    and no host of this installation's own network in production (providers.network)."""
    url = url.strip()
    parts = urlsplit(url)
    schemes = {"https"} if settings.PRODUCTION else {"https", "http"}
    if len(url) > LONGEST or not url.isprintable():
        raise ImportRefused("The address is too long, or holds characters that no address has.")
    if parts.scheme not in schemes or not parts.hostname:
        raise ImportRefused(
            "Only https addresses can be imported.", hint="For example https://example.com/team/app.git"
        )
    if parts.username or parts.password or "@" in parts.netloc:
        raise ImportRefused("The address holds a name or a password.", hint="Upload a bundle of a private repository.")
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path) or ".." in parts.path.split("/"):
        raise ImportRefused("The address is not one of a repository.")
    try:
        port = parts.port
    except ValueError as error:
        raise ImportRefused("The port is not a number.") from error
    if why := refusal(parts.hostname):
        raise ImportRefused(f"{why}.")
    at = f":{port}" if port else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{at}{parts.path}"


def resolved(url: str) -> Address:
    """The address with where its name leads now. Raises ImportRefused for a place that may not be gone to,
    ImportUnreachable for a name that leads nowhere. Asks the name service."""
    parts = urlsplit(checked_url(url))
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ImportUnreachable(f"{host} is not known to the name service.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if why := refusal_of(ipaddress.ip_address(address.partition("%")[0]), host=host):
            raise ImportRefused(f"{why}.")
    pin = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
    return Address(url=url, scheme=parts.scheme, pin=f"{host}:{port}:{pin}")
