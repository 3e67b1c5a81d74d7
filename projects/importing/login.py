"""The name and password (or token) of a private repository: taken out of its address at the door, so that the address
can be stored and shown, and handed to git where no command line, configuration or history shows it."""

from __future__ import annotations

import base64
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from projects.importing.errors import ImportRefused

LONGEST = 1000  # characters of a name and a password together; tokens of forges stay below 300


def without_login(url: str) -> tuple[str, str]:
    """(the address without its name and password, these as `name:password`; empty where it has none). Raises
    ImportRefused for a login that no request can carry, or that would go unencrypted; the words never hold it."""
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise ImportRefused("The address is not one of a repository.") from error
    found, at, host = parts.netloc.rpartition("@")
    if not at or not parts.scheme:
        return url, ""
    if parts.scheme != "https":
        raise ImportRefused("A name or a password is sent over https alone.")
    name, _, password = found.partition(":")
    login = f"{unquote(name)}:{unquote(password)}"
    if len(login) > LONGEST or not login.isprintable() or ":" in unquote(name) or login == ":":
        raise ImportRefused("The name or the password of the address holds what neither may hold.")
    return urlunsplit(SplitResult(parts.scheme, host, parts.path, parts.query, parts.fragment)), login


def login_environment(url: str, login: str) -> dict[str, str]:
    """What git is told of it, for this address alone: by its environment, which no other user of the machine sees and
    which ends with it."""
    if not login:
        return {}
    word = base64.b64encode(login.encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {word}",
    }
