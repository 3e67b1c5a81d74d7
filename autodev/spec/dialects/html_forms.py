"""`html_forms`: a scenario's steps as pages and forms filled in. The conventions stand in the package's docstring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from autodev.spec.checks import HtmlExpect, HttpStep
from autodev.spec.dialects.steps import (
    PASSWORD,
    WRONG_PASSWORD,
    Account,
    Target,
    Wire,
    comparison,
    dashed,
    moment,
    user_ref,
)
from autodev.spec.scenario import ListRecords, Outcome, Read, Value
from autodev.spec.schema import EntitySpec

LOGIN = "/accounts/login/"
SIGNUP = "/accounts/signup/"
STAYED = (200, 409, 422)


class HtmlForms:
    """Implements `HttpDialect`."""

    def sign_up(self, account: Account) -> list[HttpStep]:
        return [
            HttpStep(
                session=account.session,
                method="POST",
                path=SIGNUP,
                form_page=SIGNUP,
                form={"email": account.email, "password1": PASSWORD, "password2": PASSWORD},
                save={"_page": f"url:^(?!{SIGNUP})(.*)$"},
                note=f"{account.session} signs up",
            )
        ]

    def log_in(self, account: Account, *, wrong_password: bool, outcome: Outcome) -> list[HttpStep]:
        done = outcome == "ok"
        return [
            HttpStep(
                session=account.session,
                method="POST",
                path=LOGIN,
                form_page=LOGIN,
                form={"username": account.email, "password": WRONG_PASSWORD if wrong_password else PASSWORD},
                status=(200,) if done else STAYED,
                final_path=None if done else LOGIN,
                html_expect=() if done else (HtmlExpect(op="error"),),
                save={"_page": f"url:^(?!{LOGIN})(.*)$"} if done else {},
                note=f"{account.session} logs in" + (" with a wrong password" if wrong_password else ""),
            )
        ]

    def find_account(self, account: Account, target: Target) -> list[HttpStep]:
        option = rf'html:<option[^>]*value="([^"]+)"[^>]*>[^<]*{re.escape(account.email)}'
        return [
            HttpStep(
                session=target.session,
                path=f"{_path(target.entity)}new/",
                save={account.user_ref: option},
                note=f"{account.session} can be chosen",
            )
        ]

    def create(
        self, target: Target, *, values: Wire, omit: tuple[str, ...], save: str | None, links: Mapping[str, list[str]]
    ) -> list[HttpStep]:
        page = f"{_path(target.entity)}new/"
        record = f"url:^{_path(target.entity)}(?!new/)([^/]+)/$"
        blank = dict.fromkeys(omit, "")
        return [_post(target, page, page, values={**blank, **values}, links=links, save={save or "_record": record})]

    def read(self, target: Target, *, ref: str, step: Read, titles: Mapping[str, Any]) -> list[HttpStep]:
        page = f"{_path(target.entity)}{{{ref}}}/"
        see = [_see(target.entity, name, value, titles) for name, value in step.see.items() if name != "id"]
        return [_get(target, page, tuple(see))]

    def list_records(self, target: Target, *, query: Mapping[str, Any], step: ListRecords) -> list[HttpStep]:
        expect = [HtmlExpect(op="has_row", value=f"{{{name}}}") for name in step.contains]
        expect += [HtmlExpect(op="lacks_row", value=f"{{{name}}}") for name in step.lacks]
        if step.count is not None:
            expect.append(HtmlExpect(op="rows", value=step.count))
        parameters = {name: moment(v) if isinstance(v, Value) else str(v) for name, v in query.items()}
        return [_get(target, _path(target.entity), tuple(expect), query=parameters)]

    def export(self, target: Target, *, shows: tuple[str, ...], lacks: tuple[str, ...]) -> list[HttpStep]:
        step = _get(target, f"{_path(target.entity)}export.csv", ())
        done = {"text_contains": shows, "text_lacks": lacks} if target.outcome == "ok" else {}
        return [step.model_copy(update=done)]

    def update(self, target: Target, *, ref: str, values: Wire, links: Mapping[str, list[str]]) -> list[HttpStep]:
        record = f"{_path(target.entity)}{{{ref}}}/"
        page = f"{record}edit/"
        return [_post(target, page, page, values=values, links=links, ends_on=record)]

    def delete(self, target: Target, *, ref: str) -> list[HttpStep]:
        record = f"{_path(target.entity)}{{{ref}}}/"
        return [_post(target, record, f"{record}delete/", ends_on=_path(target.entity))]

    def act(self, target: Target, *, ref: str, action: str) -> list[HttpStep]:
        record = f"{_path(target.entity)}{{{ref}}}/"
        return [_post(target, record, f"{record}{dashed(action)}/", ends_on=record)]


def _path(entity: EntitySpec) -> str:
    return f"/{dashed(entity.slug)}/"


def _ending(target: Target, ends_on: str | None) -> dict[str, Any]:
    """What the last page of an unsafe request must be, by the outcome."""
    match target.outcome:
        case "ok":
            return {"status": (200,), "final_path": ends_on, "html_expect": (HtmlExpect(op="no_error"),)}
        case "refused":
            return {"status": STAYED, "html_expect": (HtmlExpect(op="error", field=target.field or ""),)}
        case "unauthenticated":
            return {"status": (200,), "final_path": LOGIN}
        case "forbidden":
            return {"status": (403,)}
        case "not_found":
            return {"status": (404,)}


def _get(target: Target, path: str, expect: tuple[HtmlExpect, ...], query: dict[str, str] | None = None) -> HttpStep:
    ending = _ending(target, path)
    if target.outcome == "ok":
        ending["html_expect"] = expect
    return HttpStep(session=target.session, path=path, query=query or {}, note=target.note, **ending)


def _post(
    target: Target,
    form_page: str,
    path: str,
    *,
    values: Wire | None = None,
    links: Mapping[str, list[str]] | None = None,
    ends_on: str | None = None,
    save: dict[str, str] | None = None,
) -> HttpStep:
    form: dict[str, str | list[str]] = {}
    without: list[str] = []
    for name, value in (values or {}).items():
        field = target.entity.field(name)
        is_box = field is not None and field.type == "boolean"
        if is_box and value in (False, None, ""):
            without.append(name)
        else:
            form[name] = "on" if is_box else _text(value)
    for name, refs in (links or {}).items():
        relation = target.entity.relation(name)
        placeholders = [f"{{{ref}}}" for ref in refs]
        many = relation is not None and relation.kind == "many_to_many"
        form[name] = placeholders if many else (placeholders or [""])[0]
    return HttpStep(
        session=target.session,
        method="POST",
        path=path,
        form_page=form_page,
        form=form,
        form_without=tuple(without),
        save=save if target.outcome == "ok" and save else {},
        note=target.note,
        **_ending(target, ends_on),
    )


def _text(value: Any) -> str:
    if isinstance(value, Value):
        return moment(value)
    return "" if value is None else str(value)


def _see(entity: EntitySpec, name: str, value: Any, titles: Mapping[str, Any]) -> HtmlExpect:
    if isinstance(value, Value) and value.ref is not None:
        relation = entity.relation(name)
        of_person = relation is not None and relation.target == "User"
        title = titles.get(user_ref(value.ref) if of_person else value.ref)
        return HtmlExpect(op="eq", field=name, value=_text(title) if title is not None else _text(value))
    if value is None:
        return HtmlExpect(op="eq", field=name, value="")
    shown = value if isinstance(value, bool) else _text(value)
    return HtmlExpect.model_validate({"op": comparison(entity, name), "field": name, "value": shown})
