"""What rules and computed values have in common in every project of Python: values from before, and assignments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from autodev.blueprints.python.code import Code
from autodev.blueprints.python.fields import decimal_places
from autodev.blueprints.python.names import attribute
from autodev.blueprints.python.paths import field_or_id
from autodev.blueprints.render import BlueprintError
from autodev.spec.expr import Expr, Ref, walk
from autodev.spec.schema import EntitySpec, FieldSpec


def refs(exprs: Iterable[Expr], of: str) -> list[Ref]:
    """The references to `of` anywhere in the expressions."""
    return [node for expr in exprs for node in walk(expr) if isinstance(node, Ref) and node.of == of]


def old_name(path: str) -> str:
    return f"old_{attribute(path).rstrip('_')}"


@dataclass(frozen=True)
class Old:
    """A value from before a change that a rule looks at: `old_status: OrderStatus`."""

    attr: str
    annotation: str

    @property
    def name(self) -> str:
        return old_name(self.attr)


def olds(entity: EntitySpec, exprs: Iterable[Expr], annotation: Callable[[FieldSpec], str]) -> tuple[Old, ...]:
    """The values from before that the expressions look at, each once; `annotation` gives the type of a field's value.

    Raises BlueprintError where one names nothing.
    """
    found: dict[str, Old] = {}
    for ref in refs(exprs, "old"):
        resolved = field_or_id(entity, ref.path)
        if resolved is None:
            raise BlueprintError(f"{entity.name} has no {ref.path!r} to compare with")
        field = entity.field(ref.path)
        type_ = annotation(field) if field else ("int | None" if resolved[2] else "int")
        found[resolved[0]] = Old(attribute(resolved[0]), type_)
    return tuple(found.values())


@dataclass(frozen=True)
class Assignment:
    """`loan.due_at = clock.now() + timedelta(days=14)`, with the statements that go before it."""

    statements: tuple[str, ...]
    attr: str
    value: str


def fitted(entity: EntitySpec, name: str, code: Code) -> str:
    """The code in the field's own type: decimals rounded to its places, whole numbers as such."""
    field = entity.field(name)
    if field is None:
        return code.text
    simple = re.fullmatch(r'(\w+\.)+\w+|None|Decimal\("[^"]*"\)', code.text) is not None
    if code.guards == (code.text,) and not simple:
        code = replace(code, text=f"None if {code.text} is None else {code.text}")
    if field.type == "decimal":
        text, missing = _split(code)
        if code.type == "integer":
            return f"{missing}Decimal({text})"
        return code.text if simple else f"{missing}round({text}, {decimal_places(field)})"
    if field.type == "integer" and code.type == "decimal":
        text, missing = _split(code)
        return f"{missing}int({text})"
    if field.type == "date" and code.type == "datetime":
        return f"({code.text}).date()" if not simple and "()" not in code.text[-2:] else f"{code.text}.date()"
    return code.text


def _split(code: Code) -> tuple[str, str]:
    """The value, and the `None if … else ` ahead of it."""
    if code.text.startswith("None if ") and " else " in code.text:
        missing, _, text = code.text.partition(" else ")
        return text, f"{missing} else "
    return code.text, ""
