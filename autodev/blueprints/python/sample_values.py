"""Sample values as the Python of rendered tests: formulas of a record's number, and values to refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from autodev.blueprints.python.fields import FieldView
from autodev.blueprints.text import py_str
from autodev.spec.samples import sample
from autodev.spec.scenario import Value

FAR = 90


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


def literal_code(value: object) -> str:
    """A value as Python; a very long text as one letter so many times."""
    if isinstance(value, str):
        repeated = re.fullmatch(r"(.)\1{20,}", value)
        return f'"{value[0]}" * {len(value)}' if repeated else py_str(value)
    return repr(value)
