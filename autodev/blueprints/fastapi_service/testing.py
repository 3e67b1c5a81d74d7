"""What the rendered tests are made of: sample values as formulas of a record's number, and values to refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from autodev.blueprints.fastapi_service.entities import EntityView, RelationView
from autodev.blueprints.python.fields import FieldView
from autodev.blueprints.text import py_str
from autodev.spec.samples import Sample, invalid_values, sample
from autodev.spec.scenario import Value

FAR = 90


def given(entity: EntityView) -> list[FieldView]:
    """The fields that a sample record is made with."""
    return [f for f in entity.inputs if f.spec.required and f.spec.default is None]


def formula(field: FieldView) -> str:
    """The field's sample as Python over the record's number `n`."""
    near, far = (sample(field.spec, n, entity=field.entity) for n in (FAR, FAR + 1))
    if isinstance(near, Value) and isinstance(far, Value):
        return _moment(near, far)
    if isinstance(near, str) and isinstance(far, str):
        return _text(near, far, decimal=field.type == "decimal")
    if near == far or not isinstance(near, int) or not isinstance(far, int):
        return repr(near)
    return _linear(near - FAR * (far - near), far - near)


def _moment(near: Value, far: Value) -> str:
    if near.today_plus_days is not None and far.today_plus_days is not None:
        step = far.today_plus_days - near.today_plus_days
        return f"day({_linear(near.today_plus_days - FAR * step, step)})"
    if near.now_plus_s is not None and far.now_plus_s is not None:
        step = (far.now_plus_s - near.now_plus_s) // 3600
        start = near.now_plus_s // 3600 - FAR * step
        return f"moment(hours={_linear(start, step)})"
    raise ValueError("a reference to a record is no sample")


def _text(near: str, far: str, *, decimal: bool) -> str:
    if near == far:
        return py_str(near)
    if decimal:
        step = Decimal(far) - Decimal(near)
        return f'str(Decimal("{Decimal(near) - FAR * step}") + n * Decimal("{step}"))'
    before, after = re.split(rf"{FAR}(?!.*{FAR})", near, maxsplit=1)
    return "f" + py_str((before + "\0" + after).replace("{", "{{").replace("}", "}}")).replace("\\x00", "{n}")


def _linear(start: int, step: int) -> str:
    if step == 0:
        return str(start)
    times = {1: "n", -1: "-n"}.get(step, f"{step} * n")
    return times if start == 0 else f"{start} + {times}".replace("+ -", "- ")


@dataclass(frozen=True)
class Refused:
    """A value that input must be refused for, as Python."""

    field: str
    value: str


def refused(entity: EntityView) -> list[Refused]:
    """For each field its values to refuse."""
    return [Refused(f.name, _literal(value)) for f in entity.inputs for value in invalid_values(f.spec)]


def _literal(value: Sample) -> str:
    if isinstance(value, str):
        repeated = re.fullmatch(r"(.)\1{20,}", value)
        return f'"{value[0]}" * {len(value)}' if repeated else py_str(value)
    return repr(value)


def changed(entity: EntityView) -> tuple[str, str] | None:
    """(field, another valid value as Python) for a change that no rule looks at; None where there is none."""
    watched = {r.spec.field for r in entity.rules_on("update")}
    old = {o.attr for r in entity.rules for o in r.olds}
    for field in entity.inputs:
        if field.type in ("string", "text", "boolean", "email") and field.name not in watched | old:
            if field.type == "boolean":
                return field.name, "True"
            return field.name, py_str(sample(field.spec, FAR, entity=field.entity))
    return None


def needed(entity: EntityView) -> list[RelationView]:
    """The relations that a sample record must have; one to its own kind cannot be."""
    return [r for r in entity.to_one if r.spec.required and r.target_name != entity.name]


def numbered(entity: EntityView) -> bool:
    """Whether a sample of the entity needs the record's number."""
    return any(re.search(r"\bn\b", formula(f)) for f in given(entity))
