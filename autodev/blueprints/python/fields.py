"""The Spec's field types in Python, SQLAlchemy and Pydantic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from autodev.blueprints.python.names import attribute, camel
from autodev.blueprints.python.paths import nullable
from autodev.blueprints.text import one_line, py_str, sentence
from autodev.spec.schema import EntitySpec, FieldSpec

STRING_LENGTH = 200
TEXT_LENGTH = 10_000
LENGTHS = {"email": 254, "url": 2000}
DECIMAL_DIGITS = 14
MONEY_PLACES = 2

PYTHON = {
    "string": "str", "text": "str", "integer": "int", "decimal": "Decimal", "boolean": "bool", "date": "date",
    "datetime": "datetime", "email": "str", "url": "str",
}  # fmt: skip


def decimal_places(field: FieldSpec) -> int:
    """Places after the point: two, or as many as the field's own bounds and default are written with."""
    texts = [str(v) for v in (field.min, field.max, field.default) if v is not None]
    places = [-int(Decimal(text).as_tuple().exponent) for text in texts if _is_number(text)]
    return max([MONEY_PLACES, *places])


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit()


@dataclass(frozen=True)
class FieldView:
    """A field as templates see it."""

    entity: EntitySpec
    spec: FieldSpec

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def attr(self) -> str:
        return attribute(self.spec.name)

    @property
    def words(self) -> str:
        return self.spec.name.replace("_", " ")

    @property
    def type(self) -> str:
        return self.spec.type

    @property
    def nullable(self) -> bool:
        return nullable(self.spec)

    @property
    def stored(self) -> bool:
        return self.spec.computed is None or self.spec.computed_on != "read"

    @property
    def enum_name(self) -> str:
        return f"{self.entity.name}{camel(self.spec.name)}"

    @property
    def python(self) -> str:
        """The Python type, without None."""
        return self.enum_name if self.spec.type == "enum" else PYTHON[self.spec.type]

    @property
    def annotation(self) -> str:
        return f"{self.python} | None" if self.nullable else self.python

    @property
    def help(self) -> str:
        return sentence(self.spec.help) if self.spec.help else ""

    @property
    def length(self) -> int | None:
        """The longest text that is stored; None for what is no short text."""
        if self.spec.type == "enum":
            return max(8, *(len(choice) for choice in self.spec.choices))
        if self.spec.type in ("string", "email", "url"):
            return self.spec.max_length or LENGTHS.get(self.spec.type, STRING_LENGTH)
        return None

    @property
    def default(self) -> str | None:
        """The default as Python; None where there is none. Of an optional field it may be `None`."""
        value = self.spec.default
        if value is None:
            return "None" if not self.spec.required else None
        if self.spec.type == "decimal":
            return f"Decimal({py_str(value)})"
        if self.spec.type == "boolean":
            return repr(str(value).lower() in {"true", "1"})
        return repr(int(value)) if self.spec.type == "integer" else py_str(value)

    @property
    def choices(self) -> str:
        return ", ".join(py_str(choice) for choice in self.spec.choices)

    def constraints(self) -> list[str]:
        """Keyword arguments of Pydantic's `Field` that hold the value in its range."""
        spec = self.spec
        found: list[str] = []
        if spec.type in ("string", "text") and spec.required:
            found.append("min_length=1")
        if spec.type in ("string", "text", "url"):
            found.append(f"max_length={self.length or spec.max_length or TEXT_LENGTH}")
        if spec.type in ("integer", "decimal"):
            for bound, key in ((spec.min, "ge"), (spec.max, "le")):
                if bound is not None and _is_number(bound):
                    found.append(f"{key}={number(bound, spec.type)}")
        if spec.type == "decimal":
            found += [f"max_digits={DECIMAL_DIGITS}", f"decimal_places={decimal_places(spec)}"]
        if spec.help:
            found.append(f"description={py_str(one_line(spec.help))}")
        return found


def number(text: str, type_: str) -> str:
    """A bound as Python: `Decimal("0.01")`, or a whole number."""
    return f"Decimal({py_str(text)})" if type_ == "decimal" and "." in text else str(int(Decimal(text)))
