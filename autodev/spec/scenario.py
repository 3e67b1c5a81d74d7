"""Acceptance scenarios: what a requirement means, told as steps that no stack is named in.

A dialect (`autodev.spec.dialects`) compiles a scenario into a check of the closed vocabulary (`autodev.spec.checks`),
at plan time; the compiled checks are frozen by hash. Values that a step leaves out are filled with samples
(`autodev.spec.samples`), and records that a required relation needs are made first.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

Outcome = Literal["ok", "refused", "unauthenticated", "forbidden", "not_found"]


class StepBase(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    actor: str = "alice"


class Value(BaseModel):
    """A value that is known only at run time: exactly one of `ref` (the record saved under that name), `now_plus_s`
    (a moment so many seconds from now; negative is the past) or `today_plus_days`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ref: str | None = None
    now_plus_s: int | None = None
    today_plus_days: int | None = None


Values = dict[str, Value | str | int | FiniteFloat | bool | None]


class SignUp(StepBase):
    do: Literal["sign_up"] = "sign_up"
    admin: bool = False


class LogIn(StepBase):
    do: Literal["log_in"] = "log_in"
    wrong_password: bool = False
    expect: Outcome = "ok"


class Create(StepBase):
    """`values` override the samples; a value of None with the field in `omit` leaves the field out. `field` is the
    field a refusal names."""

    do: Literal["create"] = "create"
    entity: str
    values: Values = {}
    omit: tuple[str, ...] = ()
    save: str | None = None
    expect: Outcome = "ok"
    field: str | None = None


class Read(StepBase):
    """Reads one record; `see` are field values it must show (a computed one too)."""

    do: Literal["read"] = "read"
    entity: str
    ref: str
    see: Values = {}
    expect: Outcome = "ok"


class ListRecords(StepBase):
    """Lists an entity's records. `query` are search, filter or page parameters; `contains` and `lacks` name saved
    records;
    `count` the exact number on the page. `sort` optional ordering field."""

    do: Literal["list"] = "list"
    entity: str
    query: dict[str, Any] = {}
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    count: int | None = None
    expect: Outcome = "ok"


class Export(StepBase):
    """Fetches an entity's records as a CSV file, which must hold the texts of `shows` and none of `lacks`."""

    do: Literal["export"] = "export"
    entity: str
    shows: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    expect: Outcome = "ok"


class Update(StepBase):
    do: Literal["update"] = "update"
    entity: str
    ref: str
    values: Values
    expect: Outcome = "ok"
    field: str | None = None


class Delete(StepBase):
    do: Literal["delete"] = "delete"
    entity: str
    ref: str
    expect: Outcome = "ok"


class Act(StepBase):
    do: Literal["act"] = "act"
    entity: str
    ref: str
    action: str
    expect: Outcome = "ok"


class Advance(StepBase):
    """The product's clock moves on (the runner starts it again under a later clock; its data stays)."""

    do: Literal["advance"] = "advance"
    seconds: int


class RunCommand(StepBase):
    """A command-line call. `args` may name files given in the scenario; see `autodev.spec.checks.CliCheck`."""

    do: Literal["run"] = "run"
    args: tuple[str, ...]
    stdin: str | None = None
    exit_code: int | None = 0
    stdout_contains: tuple[str, ...] = ()
    stderr_contains: tuple[str, ...] = ()
    output_contains: tuple[str, ...] = ()
    stdout_lacks: tuple[str, ...] = ()


ScenarioStep = Annotated[
    SignUp | LogIn | Create | Read | ListRecords | Export | Update | Delete | Act | Advance | RunCommand,
    Field(discriminator="do"),
]


class Scenario(BaseModel):
    """`through` is how a person reaches the product: by plain requests, or with its screens in a real browser (where
    the product has screens)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    title: str
    steps: tuple[ScenarioStep, ...]
    files: dict[str, str] = {}
    through: Literal["requests", "browser"] = "requests"
