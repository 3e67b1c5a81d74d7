"""Checks: acceptance as data in a closed vocabulary (http, cli, browser, function), run from outside the product.

A check is frozen by `digest()` when the plan is made; the runner (`projects.checks.acceptance`) refuses one whose
digest has changed. In strings, `{name}` stands for a value that an earlier step saved, `{now+3600}` for a moment in
ISO 8601 UTC so many seconds from the runner's current clock, `{today+3}` for a date.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class CheckPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JsonExpect(CheckPart):
    """At `path` (`a.b.0.c`; empty is the whole body): `op` against `value`. `contains_item`: the list there has an
    item whose `key` equals `value`; `lacks_item`: it has none. `decimal_eq` compares as decimal numbers,
    `moment_eq` as moments at most 60 s apart. `names_field`: somewhere below there is a `"field"` equal to
    `value`, or a `loc` list that holds it; a relation may be named with its `_id`."""

    path: str = ""
    op: Literal[
        "eq", "ne", "decimal_eq", "moment_eq", "contains", "lacks", "contains_item", "lacks_item", "length", "exists",
        "absent", "names_field",
    ]  # fmt: skip
    value: Any = None
    key: str = "id"


class HtmlExpect(CheckPart):
    """About the page a step ends on. `eq`, `decimal_eq`, `moment_eq`: the text of its `data-field="<field>"` element
    (of a `<time>` the `datetime` attribute) against `value`; `has_row`, `lacks_row`: the row `data-id="<value>"`;
    `rows`: how many rows; `error`: it holds `data-error`, naming `field` where one is given; `no_error`: it holds
    none."""

    op: Literal["eq", "decimal_eq", "moment_eq", "has_row", "lacks_row", "rows", "error", "no_error"]
    field: str = ""
    value: Any = None


class HttpStep(CheckPart):
    """One request. `session` names a cookie jar and bearer token of its own. `form` is sent url-encoded, with the CSRF
    token of the page at `form_page` where one is given, over what that page's form holds already; `form_without`
    names controls that are not sent (an unticked box). Redirects are followed, except to another host and where
    the redirect's own status is in `status`. `save` maps a name to a JSON path, or to `url:<regex>` searched in
    the final path, or `html:<regex>` searched in the body; the first group is kept. `token_from` keeps the JSON
    value there as the session's bearer token."""

    kind: Literal["request"] = "request"
    session: str = "anonymous"
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    json_body: Any = None
    form: dict[str, str | list[str]] | None = None
    form_page: str | None = None
    form_without: tuple[str, ...] = ()
    query: dict[str, str] = {}
    status: tuple[int, ...] = (200,)
    json_expect: tuple[JsonExpect, ...] = ()
    html_expect: tuple[HtmlExpect, ...] = ()
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
    """One thing that a person does or looks for in a real browser. `session` names a window with cookies of its own.

    `goto` opens the path `target`, which must answer; `reload` opens the page again; `forget` empties the window's
    cookies. `fill` gives the control named
    `target` the `value`: of a select or of a group of boxes the choice with that value, or else with that text in its
    label, is taken; a single box is ticked by `on`, not ticked by an empty value. `submit` presses the button of the
    form that was filled last; `click` the button or link called `target`. What is expected is waited for:
    `expect_text` and `expect_no_text` look for `value` in what can be seen of the page, or in its
    `data-field="<target>"` element; `expect_row` for the row `data-id="<value>"`; `expect_error` for a `data-error`
    element that can be seen and says something, `value` where one is given, naming the field `target` where one is
    given; `expect_url` for a path that matches the expression `value`, whose first group is kept under the name
    `save`. `note` tells it to a person."""

    do: Literal[
        "goto", "reload", "forget", "fill", "submit", "click",
        "expect_text", "expect_no_text", "expect_row", "expect_error", "expect_url",
    ]  # fmt: skip
    session: str = "anonymous"
    target: str = ""
    value: str = ""
    save: str | None = None
    note: str = ""


class BrowserCheck(CheckPart):
    """Actions in order, in a browser beside the started product."""

    kind: Literal["browser"] = "browser"
    id: str
    title: str
    actions: tuple[BrowserAction, ...]


class FunctionCall(CheckPart):
    """`target` is `package.module:callable`. It returns `returns`, or raises an exception of the class named
    `raises`."""

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
    # Keys sorted: PostgreSQL's jsonb gives those of an object back in an order of its own.
    text = json.dumps(check.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
