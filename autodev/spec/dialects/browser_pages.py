"""`html_forms` in a real browser: a scenario's steps as what a person does with the screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.spec.checks import BrowserAction
from autodev.spec.dialects.html_forms import LOGIN, SIGNUP
from autodev.spec.dialects.steps import (
    PASSWORD,
    WRONG_PASSWORD,
    Account,
    ScenarioError,
    Target,
    Wire,
    dashed,
    moment,
)
from autodev.spec.scenario import ListRecords, Outcome, Read, Value
from autodev.spec.schema import EntitySpec

# What a page shows of these is the value itself; dates, moments and decimals are shown as people read them.
SHOWN_AS_IS = frozenset({"string", "text", "integer", "email", "enum"})


class BrowserPages:
    """Implements `Dialect[BrowserAction]`, for one scenario: it remembers the accounts that a form may offer."""

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._people: dict[str, str] = {}

    def sign_up(self, account: Account) -> list[BrowserAction]:
        form = {"email": account.email, "password1": PASSWORD, "password2": PASSWORD}
        away = BrowserAction(do="expect_url", value=f"^(?!{SIGNUP})", note=f"{account.session} has an account")
        # Signing up may sign in at once, and who is signed in may be shown no sign-in page.
        steps = [*_sent(SIGNUP, form, f"{account.session} signs up"), away, BrowserAction(do="forget")]
        return _in(account.session, steps)

    def log_in(self, account: Account, *, wrong_password: bool, outcome: Outcome) -> list[BrowserAction]:
        form = {"username": account.email, "password": WRONG_PASSWORD if wrong_password else PASSWORD}
        done = BrowserAction(do="expect_url", value=f"^(?!{LOGIN})", note=f"{account.session} is signed in")
        refused = BrowserAction(do="expect_error", note=f"{account.session} is told why not")
        steps = _sent(LOGIN, form, f"{account.session} signs in")
        return _in(account.session, [*steps, done if outcome == "ok" else refused])

    def find_account(self, account: Account, target: Target) -> list[BrowserAction]:
        del target
        self._people[account.user_ref] = account.email  # a form offers people by their address
        return []

    def create(
        self, target: Target, *, values: Wire, omit: tuple[str, ...], save: str | None, links: Mapping[str, list[str]]
    ) -> list[BrowserAction]:
        del omit  # left out of `values` and `links` already
        page = f"{_path(target.entity)}new/"
        record = BrowserAction(
            do="expect_url", value=f"^{_path(target.entity)}(?!new/)([^/]+)/$", save=save, note=target.note
        )
        return self._change(target, page, values, links, record)

    def read(self, target: Target, *, ref: str, step: Read, titles: Mapping[str, Any]) -> list[BrowserAction]:
        see = [
            BrowserAction(do="expect_text", target=name, value=shown)
            for name, value in step.see.items()
            if (shown := _shown(target.entity, name, value, titles)) is not None
        ]
        return self._visit(target, f"{_path(target.entity)}{{{ref}}}/", see)

    def list_records(self, target: Target, *, query: Mapping[str, Any], step: ListRecords) -> list[BrowserAction]:
        if query or step.lacks or step.count is not None:
            raise self._untold("a list that is narrowed, or that lacks something")
        rows = [BrowserAction(do="expect_row", value=f"{{{name}}}", note=target.note) for name in step.contains]
        return self._visit(target, _path(target.entity), rows)

    def export(self, target: Target, *, shows: tuple[str, ...], lacks: tuple[str, ...]) -> list[BrowserAction]:
        raise self._untold("an export")

    def update(self, target: Target, *, ref: str, values: Wire, links: Mapping[str, list[str]]) -> list[BrowserAction]:
        record = f"{_path(target.entity)}{{{ref}}}/"
        done = BrowserAction(do="expect_url", value=f"^{record}$", note=target.note)
        return self._change(target, f"{record}edit/", values, links, done)

    def delete(self, target: Target, *, ref: str) -> list[BrowserAction]:
        raise self._untold("a deletion")

    def act(self, target: Target, *, ref: str, action: str) -> list[BrowserAction]:
        label = next(one.label for one in target.entity.actions if one.name == action)
        record = f"{_path(target.entity)}{{{ref}}}/"
        done = BrowserAction(do="expect_url", value=f"^{record}$", note=target.note)
        steps = [BrowserAction(do="goto", target=record), BrowserAction(do="click", target=label)]
        return _in(target.session, [*steps, self._ending(target, done)])

    def _change(
        self, target: Target, page: str, values: Wire, links: Mapping[str, list[str]], done: BrowserAction
    ) -> list[BrowserAction]:
        """The form of `page`, filled in and sent."""
        form: dict[str, str] = {}
        for name, value in values.items():
            field = target.entity.field(name)
            box = field is not None and field.type == "boolean"
            form[name] = ("on" if value not in (False, None, "") else "") if box else _text(value)
        for name, refs in links.items():
            if refs:  # of a relation to many, one is chosen
                form[name] = self._people.get(refs[0], f"{{{refs[0]}}}")
        return _in(target.session, [*_sent(page, form, target.note), self._ending(target, done)])

    def _visit(self, target: Target, page: str, expect: list[BrowserAction]) -> list[BrowserAction]:
        if target.outcome != "ok":
            raise self._untold(f"a page that is {target.outcome}")
        return _in(target.session, [BrowserAction(do="goto", target=page, note=target.note), *expect])

    def _ending(self, target: Target, done: BrowserAction) -> BrowserAction:
        """What the window must show once the form is sent."""
        if target.outcome == "ok":
            return done
        if target.outcome == "refused":
            return BrowserAction(do="expect_error", target=target.field or "", note=f"{target.note}, and is told so")
        raise self._untold(f"a form that is {target.outcome}")

    def _untold(self, what: str) -> ScenarioError:
        return ScenarioError(self._scenario, f"a browser check does not tell {what}", "let it go through requests")


def _path(entity: EntitySpec) -> str:
    return f"/{dashed(entity.slug)}/"


def _in(session: str, actions: list[BrowserAction]) -> list[BrowserAction]:
    return [action.model_copy(update={"session": session}) for action in actions]


def _sent(page: str, form: Mapping[str, str], note: str) -> list[BrowserAction]:
    filled = [BrowserAction(do="fill", target=name, value=value) for name, value in form.items()]
    return [BrowserAction(do="goto", target=page), *filled, BrowserAction(do="submit", note=note)]


def _text(value: Any) -> str:
    if isinstance(value, Value):
        return moment(value)
    return "" if value is None else str(value)


def _shown(entity: EntitySpec, name: str, value: Any, titles: Mapping[str, Any]) -> str | None:
    """What the page shows of a value, where it is shown as it stands."""
    if isinstance(value, Value):
        title = titles.get(value.ref or "")
        return title if isinstance(title, str) else None
    field = entity.field(name)
    known = field is not None and field.type in SHOWN_AS_IS and value not in (None, "")
    return " ".join(str(value).split()) if known else None
