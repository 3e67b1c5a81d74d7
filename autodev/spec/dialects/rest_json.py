"""`rest_json`: a scenario's steps as JSON over HTTP. The conventions stand in the package's docstring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.spec.checks import HttpStep, JsonExpect
from autodev.spec.dialects.steps import (
    PASSWORD,
    REFUSED,
    WRONG_PASSWORD,
    Account,
    Target,
    Wire,
    comparison,
    dashed,
    moment,
)
from autodev.spec.scenario import ListRecords, Outcome, Read, Value
from autodev.spec.schema import EntitySpec

STATUSES: Mapping[Outcome, tuple[int, ...]] = {
    "refused": REFUSED,
    "unauthenticated": (401,),
    "forbidden": (403,),
    "not_found": (404,),
}


class RestJson:
    """Implements `HttpDialect`."""

    def sign_up(self, account: Account) -> list[HttpStep]:
        return [
            HttpStep(
                session=account.session,
                method="POST",
                path="/auth/register",
                json_body={"email": account.email, "password": PASSWORD},
                status=(201,),
                json_expect=(JsonExpect(path="email", op="eq", value=account.email),),
                save={account.user_ref: "id"},
                note=f"{account.session} signs up",
            )
        ]

    def log_in(self, account: Account, *, wrong_password: bool, outcome: Outcome) -> list[HttpStep]:
        done = outcome == "ok"
        return [
            HttpStep(
                session=account.session,
                method="POST",
                path="/auth/login",
                json_body={"email": account.email, "password": WRONG_PASSWORD if wrong_password else PASSWORD},
                status=(200,) if done else (401,),
                token_from="access_token" if done else None,
                note=f"{account.session} logs in" + (" with a wrong password" if wrong_password else ""),
            )
        ]

    def find_account(self, account: Account, target: Target) -> list[HttpStep]:
        del account, target  # signing up told the id
        return []

    def create(
        self, target: Target, *, values: Wire, omit: tuple[str, ...], save: str | None, links: Mapping[str, list[str]]
    ) -> list[HttpStep]:
        del omit  # left out of `values` and `links` already
        saves = {save: "id"} if save is not None else {}
        body = _body(target.entity, values, links)
        return [_step(target, "POST", _path(target.entity), done=201, json_body=body, save=saves)]

    def read(self, target: Target, *, ref: str, step: Read, titles: Mapping[str, Any]) -> list[HttpStep]:
        del titles
        see = tuple(_see(target.entity, name, value) for name, value in step.see.items())
        return [_step(target, "GET", f"{_path(target.entity)}/{{{ref}}}", expect=see)]

    def list_records(self, target: Target, *, query: Mapping[str, Any], step: ListRecords) -> list[HttpStep]:
        parameters = {_key(target.entity, name): _text(value) for name, value in query.items() if name != "page"}
        if "page" in query:
            limit = int(query.get("limit", 50))
            parameters |= {"limit": str(limit), "offset": str((int(query["page"]) - 1) * limit)}
        expect = [JsonExpect(path="items", op="contains_item", value=f"{{{name}}}") for name in step.contains]
        expect += [JsonExpect(path="items", op="lacks_item", value=f"{{{name}}}") for name in step.lacks]
        if step.count is not None:
            expect.append(JsonExpect(path="items", op="length", value=step.count))
        return [_step(target, "GET", _path(target.entity), query=parameters, expect=tuple(expect))]

    def export(self, target: Target, *, shows: tuple[str, ...], lacks: tuple[str, ...]) -> list[HttpStep]:
        step = _step(target, "GET", f"{_path(target.entity)}/export.csv")
        done = {"text_contains": shows, "text_lacks": lacks} if target.outcome == "ok" else {}
        return [step.model_copy(update=done)]

    def update(self, target: Target, *, ref: str, values: Wire, links: Mapping[str, list[str]]) -> list[HttpStep]:
        body = _body(target.entity, values, links)
        return [_step(target, "PATCH", f"{_path(target.entity)}/{{{ref}}}", json_body=body)]

    def delete(self, target: Target, *, ref: str) -> list[HttpStep]:
        return [_step(target, "DELETE", f"{_path(target.entity)}/{{{ref}}}", done=204)]

    def act(self, target: Target, *, ref: str, action: str) -> list[HttpStep]:
        return [_step(target, "POST", f"{_path(target.entity)}/{{{ref}}}/{dashed(action)}")]


def _step(
    target: Target,
    method: Any,
    path: str,
    *,
    done: int = 200,
    expect: tuple[JsonExpect, ...] = (),
    json_body: Any = None,
    query: dict[str, str] | None = None,
    save: dict[str, str] | None = None,
) -> HttpStep:
    ok = target.outcome == "ok"
    if target.outcome == "refused" and target.field is not None:
        expect = (JsonExpect(op="names_field", value=target.field),)
    return HttpStep(
        session=target.session,
        method=method,
        path=path,
        json_body=json_body,
        query=query or {},
        status=(done,) if ok else STATUSES[target.outcome],
        json_expect=expect if ok or target.field is not None else (),
        save=save if ok and save else {},
        note=target.note,
    )


def _path(entity: EntitySpec) -> str:
    return f"/{dashed(entity.slug)}"


def _key(entity: EntitySpec, name: str) -> str:
    relation = entity.relation(name)
    if relation is None:
        return name
    return f"{name}_ids" if relation.kind == "many_to_many" else f"{name}_id"


def _json(entity: EntitySpec, name: str, value: Value | Any) -> Any:
    if isinstance(value, Value):
        return moment(value)
    field = entity.field(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if field is not None and field.type == "decimal" and is_number else value


def _text(value: Value | Any) -> str:
    if isinstance(value, Value):
        return moment(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(entity: EntitySpec, values: Wire, links: Mapping[str, list[str]]) -> dict[str, Any]:
    body = {name: _json(entity, name, value) for name, value in values.items()}
    for name, refs in links.items():
        relation = entity.relation(name)
        many = relation is not None and relation.kind == "many_to_many"
        placeholders = [f"{{{ref}}}" for ref in refs]
        one = placeholders[0] if placeholders else None
        body[_key(entity, name)] = placeholders if many else one
    return body


def _see(entity: EntitySpec, name: str, value: Value | Any) -> JsonExpect:
    relation = entity.relation(name)
    if relation is not None and relation.kind == "many_to_many":
        return JsonExpect(path=_key(entity, name), op="contains", value=_json(entity, name, value))
    op = "eq" if value is None else comparison(entity, name)
    return JsonExpect.model_validate({"path": _key(entity, name), "op": op, "value": _json(entity, name, value)})
