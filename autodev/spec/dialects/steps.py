"""What a dialect is asked to put into its own words: one resolved step at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from autodev.spec.checks import HttpStep
from autodev.spec.scenario import ListRecords, Outcome, Read, Value
from autodev.spec.schema import EntitySpec

ANONYMOUS = "anonymous"
ADMIN_EMAIL = "admin@example.com"
PASSWORD = "correct-Horse-42"  # noqa: S105 - the password of every sample account
WRONG_PASSWORD = "wrong-Horse-42"  # noqa: S105
REFUSED = (400, 409, 422)

Plain = str | int | float | bool | None
Wire = Mapping[str, Value | Plain]


class ScenarioError(ValueError):
    """A scenario that cannot be compiled: it names something the Spec lacks, or asks for what nobody may do."""

    code = "scenario_invalid"

    def __init__(self, scenario: str, message: str, hint: str = "") -> None:
        self.scenario, self.hint = scenario, hint
        super().__init__(f"scenario {scenario}: {message}" + (f" ({hint})" if hint else ""))


def user_ref(actor: str) -> str:
    """The placeholder name of an actor's account."""
    return f"user_{actor}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person's account. `session` is the actor's name."""

    session: str
    email: str
    admin: bool = False

    @property
    def user_ref(self) -> str:
        """The placeholder name under which the account's id is saved, where the dialect tells it."""
        return user_ref(self.session)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Who does something to which kind of record, and how it should end. `note` tells it to a person; `field` is what a
    refusal names."""

    session: str
    entity: EntitySpec
    outcome: Outcome
    note: str
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class SavedRecord:
    """A record that the scenario made, by the name it was saved under, with what it holds. `links` are the placeholder
    names of records and accounts, by relation."""

    name: str
    entity: EntitySpec
    values: Wire = field(default_factory=dict)
    links: Mapping[str, list[str]] = field(default_factory=dict)


StepT = TypeVar("StepT")


class Dialect(Protocol[StepT]):
    """One way to use one style of product. Every method gives the requests or actions of one step, in order; what
    cannot be told that way raises ScenarioError."""

    def sign_up(self, account: Account) -> list[StepT]: ...

    def log_in(self, account: Account, *, wrong_password: bool, outcome: Outcome) -> list[StepT]: ...

    def find_account(self, account: Account, target: Target) -> list[StepT]:
        """What makes `account.user_ref` known before a record that names the account is created."""

    def create(
        self, target: Target, *, values: Wire, omit: tuple[str, ...], save: str | None, links: Mapping[str, list[str]]
    ) -> list[StepT]:
        """`links` are the placeholder names of records, by relation."""

    def read(self, target: Target, *, ref: str, step: Read, titles: Mapping[str, Any]) -> list[StepT]:
        """`titles` are what records and accounts are shown as, by placeholder name, as far as it is known."""

    def list_records(self, target: Target, *, query: Mapping[str, Any], step: ListRecords) -> list[StepT]: ...

    def export(self, target: Target, *, shows: tuple[str, ...], lacks: tuple[str, ...]) -> list[StepT]: ...

    def update(self, target: Target, *, ref: str, values: Wire, links: Mapping[str, list[str]]) -> list[StepT]: ...

    def delete(self, target: Target, *, ref: str) -> list[StepT]: ...

    def act(self, target: Target, *, ref: str, action: str) -> list[StepT]: ...


HttpDialect = Dialect[HttpStep]


def dashed(name: str) -> str:
    """A name as it stands in a path."""
    return name.replace("_", "-")


def moment(value: Value) -> str:
    """The placeholder of a relative moment or date."""
    if value.now_plus_s is not None:
        return f"{{now{value.now_plus_s:+d}}}"
    if value.today_plus_days is not None:
        return f"{{today{value.today_plus_days:+d}}}"
    return f"{{{value.ref}}}"


def comparison(entity: EntitySpec, name: str) -> str:
    """The operator that compares a shown value of that field: decimals and moments by value, the rest as it stands."""
    spec = entity.field(name)
    return {"decimal": "decimal_eq", "datetime": "moment_eq"}.get(spec.type if spec else "", "eq")
