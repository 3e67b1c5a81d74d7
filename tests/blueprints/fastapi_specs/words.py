"""Short forms of expressions and requirements, for Specs written by hand."""

from __future__ import annotations

from typing import Literal

from autodev.spec.expr import Compare, Expr, Lit, Logic, Ref
from autodev.spec.scenario import Scenario
from autodev.spec.schema import (
    Requirement,
)


def own(path: str) -> Ref:
    return Ref(path=path)


def item(path: str) -> Ref:
    return Ref(path=path, of="item")


def old(path: str) -> Ref:
    return Ref(path=path, of="old")


def text(value: str) -> Lit:
    return Lit(value=value, type="string")


def whole(value: int) -> Lit:
    return Lit(value=value, type="integer")


def money(value: str) -> Lit:
    return Lit(value=value, type="decimal")


def duration(seconds: int) -> Lit:
    return Lit(value=seconds, type="duration")


def compare(left: Expr, op: Literal["eq", "ne", "lt", "le", "gt", "ge"], right: Expr) -> Compare:
    return Compare(op=op, left=left, right=right)


def both(*items: Expr) -> Logic:
    return Logic(op="and", items=items)


def asked(words: str, *scenarios: Scenario) -> Requirement:
    return Requirement(id=scenarios[0].id, sentence=words, text=words, scenarios=list(scenarios))
