"""Checks: acceptance as data in a closed vocabulary (http, cli, browser, function), run from outside the product.

A check is frozen by `digest()` when the plan is made; the runner (`projects.checks.acceptance`) refuses one whose
digest has changed. In strings, `{name}` stands for a value that an earlier step saved, `{now+3600}` for a moment in
ISO 8601 UTC so many seconds from the runner's current clock, `{today+3}` for a date.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class CheckPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JsonExpect(CheckPart):
    """At `path` (`a.b.0.c`; empty is the whole body): `op` against `value`. `contains_item`: the list there has an item whose
    `key` equals `value`; `lacks_item`: it has none. `decimal_eq` compares as decimal numbers."""

    path: str = ""
    op: Literal["eq", "ne", "decimal_eq", "contains", "lacks", "contains_item", "lacks_item", "length", "exists", "absent"]
    value: Any = None
    key: str = "id"


class HttpStep(CheckPart):
    """One request. `session` names a cookie jar and bearer token of its own. `form` is sent url-encoded, with the CSRF token
    of the page at `form_page` where one is given. `save` maps a name to a JSON path, or to `url:<regex>` matched on the
    final URL, or `html:<regex>` matched on the body. `token_from` keeps the JSON value there as the session's bearer token."""

    kind: Literal["request"] = "request"
    session: str = "anonymous"
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    json_body: Any = None
    form: dict[str, str] | None = None
    form_page: str | None = None
    query: dict[str, str] = {}
    status: tuple[int, ...] = (200,)
    json_expect: tuple[JsonExpect, ...] = ()
    text_contains: tuple[str, ...] = ()
    text_lacks: tuple[str, ...] = ()
    final_path: str | None = None
    save: dict[str, str] = {}
    token_from: str | None = None
    note: str = ""


class ClockStep(CheckPart):
    """The product is stopped and started again with its clock `advance_s` seconds further on; its data stays."""

    kind: Literal["clock"] = "clock"
    advance_s: int


class HttpCheck(CheckPart):
    kind: Literal["http"] = "http"
    id: str
    title: str
    steps: tuple[Annotated[HttpStep | ClockStep, Field(discriminator="kind")], ...]


class CliRun(CheckPart):
    """One call of the product's command. `args` come after the command itself."""

    args: tuple[str, ...]
    stdin: str | None = None
    exit_code: int | None = 0
    stdout_contains: tuple[str, ...] = ()
    stdout_lacks: tuple[str, ...] = ()
    stderr_contains: tuple[str, ...] = ()
    output_contains: tuple[str, ...] = ()
    stdout_regex: tuple[str, ...] = ()


class CliCheck(CheckPart):
    """`files` are written to the working directory first."""

    kind: Literal["cli"] = "cli"
    id: str
    title: str
    files: dict[str, str] = {}
    runs: tuple[CliRun, ...]


class BrowserAction(CheckPart):
    do: Literal["goto", "fill", "click", "expect_text", "expect_no_text", "expect_url", "reload"]
    target: str = ""
    value: str = ""


class BrowserCheck(CheckPart):
    kind: Literal["browser"] = "browser"
    id: str
    title: str
    actions: tuple[BrowserAction, ...]


class FunctionCall(CheckPart):
    """`target` is `package.module:callable`. Exactly one of `returns` and `raises` (an exception's class name) is given."""

    target: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    returns: Any = None
    raises: str | None = None


class FunctionCheck(CheckPart):
    kind: Literal["function"] = "function"
    id: str
    title: str
    calls: tuple[FunctionCall, ...]


Check = Annotated[HttpCheck | CliCheck | BrowserCheck | FunctionCheck, Field(discriminator="kind")]


def digest(check: Check) -> str:
    """The SHA-256 of the check's canonical JSON, hexadecimal: what a frozen check is known by."""
    return hashlib.sha256(check.model_dump_json().encode()).hexdigest()
