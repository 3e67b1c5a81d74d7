"""A product in memory that does what a Spec says, and no more: the scenarios of the analyser are run against it, and against
it with a rule taken out. It follows the conventions of docs/spec.md."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

from autodev.spec.expr import Aggregate, Arith, Compare, Expr, In, IsNull, Lit, Logic, Not, Now, Ref, Units
from autodev.spec.samples import sample_values
from autodev.spec.scenario import (
    Act,
    Advance,
    Create,
    Delete,
    Export,
    ListRecords,
    LogIn,
    Read,
    RunCommand,
    Scenario,
    SignUp,
    Update,
    Value,
)
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec, Spec

Record = dict[str, Any]
UNIT_S = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


class Refusal(Exception):
    def __init__(self, outcome: str, field: str | None = None) -> None:
        super().__init__(outcome, field)
        self.outcome, self.field = outcome, field


class Failed(AssertionError):
    """A scenario did not find what it asks for."""


class Product:
    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.now = dt.datetime(2030, 1, 7, 9, tzinfo=dt.UTC)
        self.store: dict[str, dict[int, Record]] = {entity.name: {} for entity in spec.entities}
        self.saved: dict[str, int] = {}
        self.admins: set[str] = set()
        self.people: set[str] = set()
        self.made: dict[str, int] = {}
        self.next_id = 1
        self.auth = spec.has("auth")

    def value(  # noqa: PLR0911, PLR0912 - one branch for each kind of node
        self,
        expr: Expr,
        self_: Record,
        entity: EntitySpec,
        *,
        item: tuple[Record, EntitySpec] | None = None,
        old: Record | None = None,
    ) -> Any:
        def sub(inner: Expr) -> Any:
            return self.value(inner, self_, entity, item=item, old=old)

        match expr:
            case Lit():
                return dt.timedelta(seconds=int(expr.value or 0)) if expr.type == "duration" else expr.python
            case Now():
                return self.now.date() if expr.as_date else self.now
            case Ref(of="item"):
                assert item is not None
                return self.path(item[0], item[1], expr.path)
            case Ref(of="old"):
                return self.path(old or self_, entity, expr.path)
            case Ref():
                return self.path(self_, entity, expr.path)
            case Compare():
                left, right = sub(expr.left), sub(expr.right)
                if expr.op in {"eq", "ne"}:
                    return (left == right) == (expr.op == "eq")
                if left is None or right is None:
                    return False
                return {"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[expr.op]
            case Arith():
                left, right = sub(expr.left), sub(expr.right)
                functions = {"add": lambda: left + right, "sub": lambda: left - right, "mul": lambda: left * right, "div": lambda: left / right,
                             "max": lambda: max(left, right), "min": lambda: min(left, right)}  # fmt: skip
                return functions[expr.op]()
            case Units():
                units = sub(expr.of).total_seconds() / UNIT_S[expr.unit]
                return math.ceil(units) if expr.ceil else math.floor(units)
            case Not():
                return not sub(expr.of)
            case Logic():
                parts = [bool(sub(part)) for part in expr.items]
                return all(parts) if expr.op == "and" else any(parts)
            case In():
                return sub(expr.left) in [literal.python for literal in expr.values]
            case IsNull():
                return sub(expr.of) is None
            case Aggregate():
                return self.aggregate(expr, self_, entity, old)

    def aggregate(self, expr: Aggregate, self_: Record, entity: EntitySpec, old: Record | None) -> Any:
        other = self.spec.entity(expr.entity)
        found = [
            record
            for record in self.store[expr.entity].values()
            if not (expr.exclude_self and expr.entity == entity.name and record["id"] == self_.get("id"))
            and (expr.where is None or self.value(expr.where, self_, entity, item=(record, other), old=old))
        ]
        if expr.op in {"exists", "count"}:
            return bool(found) if expr.op == "exists" else len(found)
        assert expr.value is not None
        values = [self.value(expr.value, self_, entity, item=(record, other)) for record in found]
        total = sum(values, 0)
        if expr.op == "sum":
            return total
        return Decimal(total) / len(values) if values else None

    def path(self, record: Record, entity: EntitySpec, path: str) -> Any:
        name, _, rest = path.partition(".")
        field = entity.field(name)
        if field is not None and field.computed is not None and field.computed_on == "read":
            return self.value(field.computed, record, entity)
        relation = entity.relation(name)
        if rest and relation is not None:
            target = self.store[relation.target].get(record.get(name) or 0)
            return None if target is None else self.path(target, self.spec.entity(relation.target), rest)
        return record.get(name)

    def may_read(self, actor: str, entity: EntitySpec, record: Record) -> None:
        if self.auth and actor == "anonymous" and entity.visibility != "public":
            raise Refusal("unauthenticated")
        if self.auth and entity.visibility == "owner" and entity.owned and record["owner"] != actor:
            raise Refusal("not_found")

    def may_write(self, actor: str, entity: EntitySpec, record: Record | None = None, who: str | None = None) -> None:
        if not self.auth:
            return
        if actor == "anonymous":
            raise Refusal("unauthenticated")
        if record is not None and not (who == "admin" and actor in self.admins):
            self.may_read(actor, entity, record)
        write = who or entity.write
        if write == "admin" and actor not in self.admins:
            raise Refusal("forbidden")
        if write == "owner" and record is not None and entity.owned and record["owner"] != actor:
            raise Refusal("forbidden")

    def get(self, entity: EntitySpec, ref: str) -> Record:
        record = self.store[entity.name].get(self.saved[ref])
        if record is None:
            raise Refusal("not_found")
        return record

    def plain(self, value: Any, field: FieldSpec | None = None) -> Any:
        if isinstance(value, Value):
            if value.now_plus_s is not None:
                return self.now + dt.timedelta(seconds=value.now_plus_s)
            if value.today_plus_days is not None:
                return self.now.date() + dt.timedelta(days=value.today_plus_days)
            return self.saved[str(value.ref)]
        return Decimal(str(value)) if field is not None and field.type == "decimal" and value is not None else value

    def validate(self, entity: EntitySpec, record: Record) -> None:
        for relation in entity.relations:
            if relation.required and relation.target != "User" and record.get(relation.name) is None:
                raise Refusal("refused", relation.name)
        for field in entity.fields:
            value = record.get(field.name)
            if not field.is_input:
                continue
            if field.required and (value is None or (value == "" and field.type in {"string", "text"})):
                raise Refusal("refused", field.name)
            if value is None:
                continue
            if field.max_length is not None and len(str(value)) > field.max_length:
                raise Refusal("refused", field.name)
            if field.type in {"integer", "decimal"} and (
                (field.min is not None and Decimal(value) < Decimal(field.min))
                or (field.max is not None and Decimal(value) > Decimal(field.max))
            ):
                raise Refusal("refused", field.name)
            if field.type == "enum" and value not in field.choices:
                raise Refusal("refused", field.name)
            taken = [
                r
                for r in self.store[entity.name].values()
                if r.get(field.name) == value and r["id"] != record.get("id")
            ]
            if field.unique and taken:
                raise Refusal("refused", field.name)

    def hold(
        self, rules: list[RuleSpec], event: str, entity: EntitySpec, record: Record, old: Record | None = None
    ) -> None:
        for rule in rules:
            if event in rule.on and not self.value(rule.require, record, entity, old=old):
                raise Refusal("refused", rule.field)

    def create(self, actor: str, entity: EntitySpec, given: Record, omit: tuple[str, ...] = ()) -> Record:
        self.may_write(actor, entity)
        record: Record = {"id": self.next_id, "owner": actor}
        for field in entity.fields:
            record[field.name] = self.plain(field.default, field) if field.is_input else None
        for field in entity.fields:
            if field.computed is not None and field.computed_on == "create":
                record[field.name] = self.value(field.computed, record, entity)
            elif field.computed is not None and field.default is not None:
                record[field.name] = self.plain(field.default, field)
        record |= {name: value for name, value in given.items() if name not in omit}
        record |= {name: None for name in omit if name not in given}
        self.validate(entity, record)
        self.hold(entity.rules, "create", entity, record)
        self.next_id += 1
        self.store[entity.name][record["id"]] = record
        return record

    def filled(self, actor: str, entity: EntitySpec, values: dict[str, Any], omit: tuple[str, ...]) -> Record:
        """The values of a step, with samples and the records that required relations need."""
        self.made[entity.name] = n = self.made.get(entity.name, 0) + 1
        whole: Record = {}
        for relation in entity.relations:
            if relation.name in values:
                ref = self.plain(values[relation.name])
                whole[relation.name] = [ref] if relation.kind == "many_to_many" else ref
            elif relation.required and relation.name not in omit and relation.target != "User":
                target = self.spec.entity(relation.target)
                maker = "admin" if target.write == "admin" else actor
                self.admins |= {"admin"} if maker == "admin" else set()
                whole[relation.name] = self.create(maker, target, self.filled(maker, target, {}, ()))["id"]
        for name, value in {**sample_values(entity, n), **values}.items():
            field = entity.field(name)
            if field is not None and name not in omit and field.is_input:
                whole[name] = self.plain(value, field)
        return whole

    def run(self, scenario: Scenario) -> None:
        """Raises Failed at the first step that does not end as the scenario says."""
        for position, step in enumerate(scenario.steps):
            expect, field = getattr(step, "expect", "ok"), getattr(step, "field", None)
            try:
                self.step(step)
                outcome, at = "ok", None
            except Refusal as refusal:
                outcome, at = refusal.outcome, refusal.field
            if outcome != expect or (field is not None and outcome == "refused" and at != field):
                raise Failed(f"{scenario.id} step {position} {step}: {outcome} at {at}, not {expect} at {field}")

    def step(self, step: Any) -> None:
        match step:
            case SignUp():
                assert self.auth, "nobody signs up where there are no accounts"
                self.people.add(step.actor)
                self.admins |= {step.actor} if step.admin else set()
            case LogIn():
                if step.wrong_password:
                    raise Refusal("unauthenticated")
            case Advance():
                self.now += dt.timedelta(seconds=step.seconds)
            case RunCommand():
                raise Failed("a product with records runs no command")
            case _:
                self.on_records(step, self.spec.entity(step.entity))

    def on_records(self, step: Any, entity: EntitySpec) -> None:
        assert not self.auth or step.actor == "anonymous" or step.actor in self.people, (
            f"{step.actor} has not signed up"
        )
        match step:
            case Create():
                self.may_write(step.actor, entity)
                record = self.create(
                    step.actor, entity, self.filled(step.actor, entity, step.values, step.omit), step.omit
                )
                if step.save:
                    self.saved[step.save] = record["id"]
            case Read():
                record = self.get(entity, step.ref)
                self.may_read(step.actor, entity, record)
                for name, value in step.see.items():
                    self.see(entity, record, name, value)
            case ListRecords():
                self.listed(step, entity)
            case Export():
                if not self.spec.has("export", entity.name):
                    raise Refusal("not_found")
                self.exported(step, entity)
            case Update():
                record = self.get(entity, step.ref)
                self.may_write(step.actor, entity, record)
                new = {
                    **record,
                    **{
                        k: self.plain(v, entity.field(k))
                        for k, v in step.values.items()
                        if entity.relation(k) or getattr(entity.field(k), "is_input", False)
                    },
                }
                self.validate(entity, new)
                self.hold(entity.rules, "update", entity, new, record)
                self.store[entity.name][record["id"]] = new
            case Delete():
                record = self.get(entity, step.ref)
                self.may_write(step.actor, entity, record)
                self.hold(entity.rules, "delete", entity, record, record)
                del self.store[entity.name][record["id"]]
            case Act():
                record = self.get(entity, step.ref)
                action = next(a for a in entity.actions if a.name == step.action)
                self.may_write(step.actor, entity, record, who=action.who)
                self.hold(action.requires, f"action:{action.name}", entity, record, record)
                new = {**record, **{name: self.value(expr, record, entity) for name, expr in action.sets.items()}}
                self.hold(entity.rules, f"action:{action.name}", entity, new, record)
                self.store[entity.name][record["id"]] = new

    def see(self, entity: EntitySpec, record: Record, name: str, value: Any) -> None:
        found, wanted = self.path(record, entity, name), self.plain(value, entity.field(name))
        if isinstance(found, dt.datetime) and isinstance(wanted, dt.datetime):
            if abs(found - wanted) <= dt.timedelta(seconds=60):
                return
        elif isinstance(found, list) and wanted in found:
            return
        if found != wanted:
            raise Failed(f"{entity.name}.{name} is {found!r}, not {wanted!r}")

    def exported(self, step: Export, entity: EntitySpec) -> None:
        if self.auth and step.actor == "anonymous" and entity.visibility != "public":
            raise Refusal("unauthenticated")
        private = self.auth and entity.owned and entity.visibility == "owner"
        rows = [r for r in self.store[entity.name].values() if not private or r["owner"] == step.actor]
        text = "\n".join([",".join(f.name for f in entity.fields), *(str(list(map(str, r.values()))) for r in rows)])
        if not all(shown in text for shown in step.shows) or any(hidden in text for hidden in step.lacks):
            raise Failed("the file holds the wrong records")

    def listed(self, step: ListRecords, entity: EntitySpec) -> None:
        if self.auth and step.actor == "anonymous" and entity.visibility != "public":
            raise Refusal("unauthenticated")
        records = [
            r
            for r in self.store[entity.name].values()
            if not (self.auth and entity.owned and entity.visibility == "owner" and r["owner"] != step.actor)
        ]
        query = dict(step.query)
        limit, page, sort, q = (
            int(query.pop("limit", 50)),
            int(query.pop("page", 1)),
            query.pop("sort", None),
            query.pop("q", None),
        )
        if q is not None:
            feature = next((f for f in self.spec.features if f.name == "search" and f.entity == entity.name), None)
            names = feature.fields if feature is not None else []
            records = [r for r in records if any(str(q).lower() in str(r.get(name) or "").lower() for name in names)]
        for name, value in query.items():
            wanted = self.plain(Value.model_validate(value) if isinstance(value, dict) else value, entity.field(name))
            records = [r for r in records if self.path(r, entity, name) == wanted]
        if sort:
            records.sort(key=lambda r: self.path(r, entity, sort.lstrip("-")), reverse=sort.startswith("-"))
        shown = {r["id"] for r in records[(page - 1) * limit : page * limit]}
        if step.count is not None and len(shown) != step.count:
            raise Failed(f"{len(shown)} rows, not {step.count}")
        if (
            not {self.saved[name] for name in step.contains} <= shown
            or {self.saved[name] for name in step.lacks} & shown
        ):
            raise Failed("the list holds the wrong records")


def failures(spec: Spec) -> list[str]:
    """The scenarios that fail on a product made to the Spec, with the reason."""
    found = []
    for requirement in spec.requirements:
        for scenario in requirement.scenarios:
            try:
                Product(spec).run(scenario)
            except (Failed, TypeError) as failure:
                found.append(f"{requirement.id}.{scenario.id}: {failure}")
    return found
