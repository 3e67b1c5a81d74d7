"""A scenario in the making: people sign up where the product has accounts, records that a record needs are made by
whoever may make them."""

from __future__ import annotations

from autodev.spec.rules.acceptance.slots import ahead
from autodev.spec.rules.draft import Draft
from autodev.spec.scenario import (
    Act,
    Advance,
    Create,
    Delete,
    ListRecords,
    Outcome,
    Read,
    Scenario,
    ScenarioStep,
    SignUp,
    Update,
    Value,
    Values,
)
from autodev.spec.schema import EntitySpec

DAY_S = 86_400
HOUR_S = 3_600


class Kit:
    """Collects the steps of one scenario. `actor` is who acts unless another is named."""

    def __init__(self, draft: Draft, scenario_id: str, title: str, *, actor: str = "alice") -> None:
        self.draft, self.id, self.title, self.actor = draft, scenario_id, title, actor
        self.people: list[str] = []
        self.steps: list[ScenarioStep] = []
        self.counts: dict[str, int] = {}

    def done(self) -> Scenario:
        sign_ups = [SignUp(actor=p, admin=p == "admin") for p in self.people] if self.draft.auth else []
        return Scenario(id=self.id, title=self.title, steps=(*sign_ups, *self.steps))

    def person(self, name: str) -> str:
        """The actor, noted for signing up."""
        if name != "anonymous" and name not in self.people:
            self.people.append(name)
        return name

    def writer(self, entity: EntitySpec, actor: str | None = None) -> str:
        """Who may make a record of the entity."""
        return self.person("admin" if entity.write == "admin" and self.draft.auth else actor or self.actor)

    def needed(self, entity: EntitySpec, given: Values, actor: str | None = None) -> Values:
        """`given` with a saved record for every required relation that is not in it."""
        self.counts[entity.name] = self.counts.get(entity.name, 0) + 1
        values: Values = {**ahead(self.draft, entity, self.counts[entity.name]), **given}
        for relation in entity.relations:
            if relation.required and relation.name not in values and relation.target not in {"User", entity.name}:
                target = self.draft.entities[relation.target]
                made = self.record(target, actor=actor)
                values[relation.name] = Value(ref=made)
        return values

    def record(
        self, entity: EntitySpec, values: Values | None = None, *, actor: str | None = None, save: str | None = None
    ) -> str:
        """Makes a record, and first what it needs; gives the name it is saved under."""
        who = self.writer(entity, actor)
        whole = self.needed(entity, values or {}, actor)
        name = save or self.fresh(entity)
        self.steps.append(Create(actor=who, entity=entity.name, values=whole, save=name))
        return name

    def refuse(
        self,
        entity: EntitySpec,
        values: Values | None = None,
        *,
        actor: str | None = None,
        omit: tuple[str, ...] = (),
        field: str | None = None,
        expect: Outcome = "refused",
    ) -> None:
        """Tries to make a record, which must not succeed."""
        who = self.person(actor or self.writer(entity)) if expect != "refused" else self.writer(entity, actor)
        given = (
            {}
            if expect in {"unauthenticated", "forbidden"}
            else self.needed(entity, {**(values or {}), **dict.fromkeys(omit)}, actor)
        )
        self.steps.append(
            Create(
                actor=who,
                entity=entity.name,
                values={k: v for k, v in given.items() if k not in omit},
                omit=omit,
                field=field,
                expect=expect,
            )
        )

    def fresh(self, entity: EntitySpec) -> str:
        name = entity.name.lower()
        self.counts[name] = self.counts.get(name, 0) + 1
        return f"{name}_{self.counts[name]}"

    def read(
        self,
        entity: EntitySpec,
        ref: str,
        see: Values | None = None,
        *,
        actor: str | None = None,
        expect: Outcome = "ok",
    ) -> None:
        who = self.person(actor or self.actor)
        self.steps.append(Read(actor=who, entity=entity.name, ref=ref, see=see or {}, expect=expect))

    def update(
        self,
        entity: EntitySpec,
        ref: str,
        values: Values,
        *,
        actor: str | None = None,
        expect: Outcome = "ok",
        field: str | None = None,
    ) -> None:
        who = self.person(actor) if actor and expect in {"not_found", "forbidden"} else self.writer(entity, actor)
        self.steps.append(Update(actor=who, entity=entity.name, ref=ref, values=values, expect=expect, field=field))

    def delete(self, entity: EntitySpec, ref: str, *, actor: str | None = None, expect: Outcome = "ok") -> None:
        who = self.person(actor) if actor and expect in {"not_found", "forbidden"} else self.writer(entity, actor)
        self.steps.append(Delete(actor=who, entity=entity.name, ref=ref, expect=expect))

    def act(
        self, entity: EntitySpec, ref: str, action: str, *, actor: str | None = None, expect: Outcome = "ok"
    ) -> None:
        spec = next((a for a in entity.actions if a.name == action), None)
        who = (
            "admin"
            if spec is not None and spec.who == "admin" and self.draft.auth and actor is None
            else actor or self.actor
        )
        self.steps.append(Act(actor=self.person(who), entity=entity.name, ref=ref, action=action, expect=expect))

    def listed(
        self,
        entity: EntitySpec,
        *,
        contains: tuple[str, ...] = (),
        lacks: tuple[str, ...] = (),
        query: dict[str, object] | None = None,
        count: int | None = None,
        actor: str | None = None,
    ) -> None:
        self.steps.append(
            ListRecords(
                actor=self.person(actor or self.actor),
                entity=entity.name,
                query=dict(query or {}),
                contains=contains,
                lacks=lacks,
                count=count,
            )
        )

    def advance(self, seconds: int) -> None:
        self.steps.append(Advance(seconds=seconds))

    def to_state(self, entity: EntitySpec, ref: str, field: str, path: list[str], *, actor: str | None = None) -> None:
        """Leads a record through the states of `path`, by the action that writes each or by an update."""
        for state in path:
            action = setter(entity, field, state)
            if action is not None:
                self.act(entity, ref, action, actor=actor)
            else:
                self.update(entity, ref, {field: state}, actor=actor)


def setter(entity: EntitySpec, field: str, value: object) -> str | None:
    """The action that writes `value` to the field, if there is one."""
    for action in entity.actions:
        written = action.sets.get(field)
        if written is not None and getattr(written, "value", None) == value:
            return action.name
    return None
