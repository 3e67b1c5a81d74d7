"""Entities whose names the service's own modules use, renamed in a Spec: a Column is a ColumnRecord in the code.

Addresses and JSON keep the Spec's own names, as they come from the plural and from relations.
"""

from __future__ import annotations

from typing import Any

from autodev.spec.schema import Spec

# Classes that rendered modules import or define, and names of modules.
_TAKEN = frozenset([
    "Account", "Annotated", "Any", "Base", "BaseModel", "Callable", "Caller", "CallerDep", "Column", "Credentials",
    "Database", "DatabaseDep", "Decimal", "Depends", "ExactDecimal", "Field", "ForeignKey", "Integer", "Iterator",
    "Literal", "Lock", "Mapped", "Page", "Partial", "Path", "Query", "Response", "Self", "Session", "Settings",
    "SignIn", "String", "Table", "Text", "Token", "Web",
])  # fmt: skip
_NAMED_BY = ("entity", "target")


def free_class_names(spec: Spec) -> Spec:
    """The Spec, or one with other names for the entities that cannot keep theirs."""
    names = {entity.name: f"{entity.name}Record" for entity in spec.entities if entity.name in _TAKEN}
    if not names:
        return spec
    told = spec.model_dump(mode="json")
    for entity in told["entities"]:
        entity["label"] = entity["label"] or entity["name"]
        entity["name"] = names.get(entity["name"], entity["name"])
    return Spec.model_validate(_renamed(told, names))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: names.get(item, item) if key in _NAMED_BY and isinstance(item, str) else _renamed(item, names)
        for key, item in value.items()
    }
