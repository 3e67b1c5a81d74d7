"""Names of the Spec as Python, SQL and paths use them."""

from __future__ import annotations

import keyword
import re

from autodev.blueprints.render import BlueprintError

_IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_RESERVED = frozenset({"metadata", "registry", "session", "copy", "json", "dict", "schema", "validate", "construct"})


def identifier(name: str) -> str:
    """The name, known to be a plain lower-case identifier. Raises BlueprintError."""
    if not _IDENTIFIER.match(name):
        raise BlueprintError(f"{name!r} is not a name: lower-case letters, digits and underscores are")
    return name


def attribute(name: str) -> str:
    """The name of a Python attribute: `from` becomes `from_`, as do names that ORMs and schemas reserve."""
    identifier(name)
    return f"{name}_" if keyword.iskeyword(name) or name in _RESERVED else name


def snake(name: str) -> str:
    """`OrderLine` → `order_line`, an acronym as one word: `ISBNCode` → `isbn_code`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", name)
    return attribute(spaced.lower())


def words(name: str) -> str:
    """`OrderLine`, `order_line` → `order line`."""
    return snake(name).strip("_").replace("_", " ") if not _IDENTIFIER.match(name) else name.replace("_", " ")


def camel(name: str) -> str:
    """`order_line` → `OrderLine`."""
    return "".join(part.capitalize() for part in identifier(name).split("_"))


def dashes(name: str) -> str:
    """`order_lines` → `order-lines`."""
    return identifier(name).replace("_", "-")


def singular(plural: str) -> str:
    """The singular of a plain English plural: `categories` → `category`, `tags` → `tag`."""
    if plural.endswith("ies") and len(plural) > 4:
        return f"{plural[:-3]}y"
    if plural.endswith(("sses", "shes", "ches", "xes")):
        return plural[:-2]
    return plural[:-1] if plural.endswith("s") and not plural.endswith("ss") else plural


def an(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
