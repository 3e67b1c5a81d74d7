"""Makes a scenario whole: accounts are opened and signed in, left-out values sampled, required records made first.

What comes out are the requests of a `Dialect`, or a browser's actions; nothing here knows what they look like.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Generic, TypeVar

from autodev.spec.checks import ClockStep
from autodev.spec.dialects.steps import (
    ADMIN_EMAIL,
    ANONYMOUS,
    Account,
    Dialect,
    SavedRecord,
    ScenarioError,
    Target,
    Wire,
)
from autodev.spec.samples import sample_values
from autodev.spec.scenario import (
    Act,
    Advance,
    Create,
    Delete,
    Export,
    ListRecords,
    LogIn,
    Outcome,
    Read,
    RunCommand,
    Scenario,
    ScenarioStep,
    SignUp,
    Update,
    Value,
    Values,
)
from autodev.spec.schema import EntitySpec, Spec

DEFAULT_ACTOR = "alice"
LIST_PARAMETERS = ("q", "sort", "page", "limit", "offset")


def has_accounts(spec: Spec) -> bool:
    """Whether people sign in to the product at all."""
    return spec.has("auth") or spec.has("roles") or any(e.owned or e.write == "admin" for e in spec.entities)


StepT = TypeVar("StepT")


class Expansion(Generic[StepT]):
    """The state of one scenario while it is being expanded, step by step, into `steps`."""

    def __init__(self, spec: Spec, scenario: Scenario, dialect: Dialect[StepT]) -> None:
        self.spec, self.scenario, self.dialect = spec, scenario, dialect
        self.steps: list[StepT | ClockStep] = []
        self.accounts: dict[str, Account] = {}
        self.signed_in: set[str] = set()
        self.saved: dict[str, SavedRecord] = {}
        self.made: dict[str, int] = {}
        named = [step.actor for step in scenario.steps if isinstance(step, SignUp) and step.admin]
        named += [actor.name for actor in spec.actors if actor.admin]
        acting = {step.actor for step in scenario.steps}
        self.admins = {"admin", *named}
        if len(acting & self.admins) > 1:
            raise self.error("it has more than one administrator", f"all of them are {ADMIN_EMAIL}")
        self.admin = next(iter(acting & self.admins), "admin")

    def error(self, message: str, hint: str = "") -> ScenarioError:
        return ScenarioError(self.scenario.id, message, hint)

    def add(self, step: ScenarioStep) -> None:
        """Expands one step. Raises ScenarioError."""
        match step:
            case SignUp():
                self.sign_up(step.actor)
            case LogIn():
                self.log_in(step)
            case Create():
                self.create(step)
            case Read():
                target = self.target(step, step.expect, f"reads a {step.entity}")
                self.known(target.entity, step.see, also=("id",))
                ref = self.ref(target.entity, step.ref)
                self.steps += self.dialect.read(target, ref=ref, step=step, titles=self.titles())
            case ListRecords():
                self.list_records(step)
            case Export():
                target = self.target(step, step.expect, f"exports the {step.entity} records")
                self.steps += self.dialect.export(target, shows=step.shows, lacks=step.lacks)
            case Update():
                self.update(step)
            case Delete():
                target = self.target(step, step.expect, f"deletes a {step.entity}")
                self.steps += self.dialect.delete(target, ref=self.ref(target.entity, step.ref))
            case Act():
                target = self.target(step, step.expect, f"does {step.action} on a {step.entity}")
                actions = [action.name for action in target.entity.actions]
                if step.action not in actions:
                    raise self.error(f"{step.entity} has no action {step.action}", f"it has {actions}")
                ref = self.ref(target.entity, step.ref)
                self.steps += self.dialect.act(target, ref=ref, action=step.action)
            case Advance():
                self.steps.append(ClockStep(advance_s=step.seconds))
                # Tokens and cookies may have run out under the later clock.
                self.signed_in.clear()
            case RunCommand():
                raise self.error("it runs a command, but the product answers over HTTP")

    def sign_up(self, actor: str) -> None:
        if not has_accounts(self.spec):
            raise self.error("it signs somebody up, but the product has no accounts")
        if actor in self.accounts or actor == ANONYMOUS:
            raise self.error(f"{actor} cannot sign up twice" if actor != ANONYMOUS else "anonymous has no account")
        admin = actor in self.admins
        email = ADMIN_EMAIL if admin else f"{actor}@example.com"
        self.accounts[actor] = Account(session=actor, email=email, admin=admin)
        self.steps += self.dialect.sign_up(self.accounts[actor])

    def log_in(self, step: LogIn) -> None:
        if step.actor not in self.accounts and (step.expect == "ok" or step.wrong_password):
            self.sign_up(step.actor)
        account = self.accounts.get(step.actor) or Account(session=step.actor, email=f"{step.actor}@example.com")
        if step.wrong_password and step.expect == "ok":
            raise self.error("a log-in with a wrong password cannot be ok")
        self.steps += self.dialect.log_in(account, wrong_password=step.wrong_password, outcome=step.expect)
        if step.expect == "ok":
            self.signed_in.add(step.actor)

    def session(self, actor: str, outcome: Outcome = "ok") -> str:
        """The actor's session, signed in; the anonymous one for who is not to be signed in."""
        if actor == ANONYMOUS or outcome == "unauthenticated":
            return ANONYMOUS
        if has_accounts(self.spec):
            if actor not in self.accounts:
                self.sign_up(actor)
            if actor not in self.signed_in:
                self.steps += self.dialect.log_in(self.accounts[actor], wrong_password=False, outcome="ok")
                self.signed_in.add(actor)
        return actor

    def target(
        self, step: Create | Read | ListRecords | Export | Update | Delete | Act, outcome: Outcome, does: str
    ) -> Target:
        entity = self.entity(step.entity)
        field = getattr(step, "field", None)
        if field is not None:
            self.known(entity, {field: None})
        session = self.session(step.actor, outcome)
        who = "somebody not signed in" if session == ANONYMOUS else session
        return Target(session=session, entity=entity, outcome=outcome, field=field, note=f"{who} {does}: {outcome}")

    def entity(self, name: str) -> EntitySpec:
        try:
            return self.spec.entity(name)
        except KeyError:
            names = [entity.name for entity in self.spec.entities]
            raise self.error(f"there is no entity {name}", f"the entities are {names}") from None

    def known(self, entity: EntitySpec, names: Values | dict[str, Any], also: tuple[str, ...] = ()) -> None:
        for name in names:
            if entity.field(name) is None and entity.relation(name) is None and name not in also:
                has = [field.name for field in entity.fields] + [relation.name for relation in entity.relations]
                raise self.error(f"{entity.name} has no field or relation {name}", f"it has {has}")

    def ref(self, entity: EntitySpec, name: str) -> str:
        record = self.saved.get(name)
        if record is None:
            raise self.error(f"no earlier step saved {name}")
        if record.entity.name != entity.name:
            raise self.error(f"{name} is a {record.entity.name}, not a {entity.name}")
        return name

    def create(self, step: Create) -> None:
        entity = self.entity(step.entity)
        self.known(entity, step.values)
        self.known(entity, dict.fromkeys(step.omit))
        if step.expect == "ok" and entity.write == "admin" and step.actor not in self.admins:
            raise self.error(
                f"{step.actor} may not create a {entity.name}", "only an administrator may: let the actor be admin"
            )
        given = {name: value for name, value in step.values.items() if name not in step.omit}
        links = self.links(entity, given, omit=step.omit, maker=step.actor)
        target = self.target(step, step.expect, f"creates a {step.entity}")
        for name in {name for names in links.values() for name in names}:
            account = next((a for a in self.accounts.values() if a.user_ref == name), None)
            if account is not None:
                self.steps += self.dialect.find_account(account, target)
        n = self.made[entity.name] = self.made.get(entity.name, 0) + 1
        values: dict[str, Any] = {**sample_values(entity, n), **given}
        values = {k: v for k, v in values.items() if entity.field(k) is not None and k not in step.omit}
        save = step.save if step.expect == "ok" else None
        self.steps += self.dialect.create(target, values=values, omit=step.omit, save=save, links=links)
        if save is not None:
            self.saved[save] = SavedRecord(name=save, entity=entity, values=values, links=links)

    def links(
        self, entity: EntitySpec, given: Values, *, omit: tuple[str, ...] = (), maker: str | None = None
    ) -> dict[str, list[str]]:
        """The records that each relation names; with a `maker`, required ones that are not given are made."""
        found: dict[str, list[str]] = {}
        for relation in entity.relations:
            value = given.get(relation.name)
            if isinstance(value, Value) and value.ref is not None:
                found[relation.name] = [self.linked(relation.target, value.ref)]
            elif relation.name in given and value is None:
                found[relation.name] = []
            elif relation.name in given:
                raise self.error(f"{entity.name}.{relation.name} needs a saved record, not {value!r}")
            elif maker is not None and relation.required and relation.name not in omit:
                found[relation.name] = [self.prerequisite(relation.target, maker, (entity.name,))]
        return found

    def linked(self, target: str, name: str) -> str:
        """The placeholder of a saved record, or of an actor's account where the relation is to a user."""
        if target != "User":
            return self.ref(self.entity(target), name)
        self.session(name)
        return self.accounts[name].user_ref

    def prerequisite(self, target: str, maker: str, chain: tuple[str, ...]) -> str:
        """Makes a sample record of `target` and gives the name it is saved under."""
        maker = DEFAULT_ACTOR if maker == ANONYMOUS else maker
        if target == "User":
            return self.linked(target, maker)
        if target in chain:
            raise self.error(f"{' needs '.join((*chain, target))}: none of them can be the first")
        entity = self.entity(target)
        if entity.write == "admin":
            maker = self.admin
        links = {
            relation.name: [self.prerequisite(relation.target, maker, (*chain, target))]
            for relation in entity.relations
            if relation.required
        }
        n = self.made[target] = self.made.get(target, 0) + 1
        name = f"_{target.lower()}_{n}"
        values: Wire = sample_values(entity, n)
        made = Target(
            session=self.session(maker), entity=entity, outcome="ok", note=f"given: {maker} creates a {target}"
        )
        for link in {link for names in links.values() for link in names}:
            account = next((a for a in self.accounts.values() if a.user_ref == link), None)
            if account is not None:
                self.steps += self.dialect.find_account(account, made)
        self.steps += self.dialect.create(made, values=values, omit=(), save=name, links=links)
        self.saved[name] = SavedRecord(name=name, entity=entity, values=values, links=links)
        return name

    def update(self, step: Update) -> None:
        target = self.target(step, step.expect, f"updates a {step.entity}")
        self.known(target.entity, step.values)
        links = self.links(target.entity, step.values)
        values = {k: v for k, v in step.values.items() if target.entity.field(k) is not None}
        ref = self.ref(target.entity, step.ref)
        self.steps += self.dialect.update(target, ref=ref, values=values, links=links)
        if step.expect == "ok":
            before = self.saved[ref]
            self.saved[ref] = replace(before, values={**before.values, **values}, links={**before.links, **links})

    def titles(self) -> dict[str, Any]:
        """What each record and each account is shown as, by its placeholder name; without those of which it is not
        known."""
        people = {account.user_ref: account.email for account in self.accounts.values()}
        found = {name: self.title(name, people) for name in self.saved}
        return {**people, **{name: title for name, title in found.items() if title is not None}}

    def title(self, name: str, people: dict[str, str]) -> Any:
        """The title of a saved record: of one that is named after another record, that one's."""
        seen: set[str] = set()
        while name in self.saved and name not in seen:
            seen.add(name)
            record = self.saved[name]
            linked = record.links.get(record.entity.title)
            if not linked:
                return record.values.get(record.entity.title)
            name = linked[0]
        return people.get(name)

    def list_records(self, step: ListRecords) -> None:
        target = self.target(step, step.expect, f"lists the {step.entity} records")
        self.known(target.entity, step.query, also=LIST_PARAMETERS)
        for name in (*step.contains, *step.lacks):
            self.ref(target.entity, name)
        query = {
            key: Value.model_validate(value) if isinstance(value, dict) else value for key, value in step.query.items()
        }
        for value in query.values():
            if isinstance(value, Value) and value.ref is not None and value.ref not in self.saved:
                raise self.error(f"no earlier step saved {value.ref}")
        self.steps += self.dialect.list_records(target, query=query, step=step)
