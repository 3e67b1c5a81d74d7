"""The Spec's acceptance scenarios as tests: each compiled check becomes a function that speaks to the service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autodev.blueprints.python.scenario_tests import ScenarioTest, http_checks, text_assertions
from autodev.blueprints.python.scenario_values import python_text, python_value, variable
from autodev.blueprints.text import one_line, py_str
from autodev.spec.checks import ClockStep, HttpCheck, HttpStep, JsonExpect
from autodev.spec.schema import Spec


def scenario_tests(spec: Spec) -> list[ScenarioTest]:
    """A test for each scenario that can be told over HTTP; of two with one name the second gets a number."""
    found: list[ScenarioTest] = []
    used: set[str] = set()
    for requirement, scenario, check in http_checks(spec, "rest_json"):
        name, n = scenario.id, 2
        while name in used:
            name, n = f"{scenario.id}_{n}", n + 1
        used.add(name)
        words = one_line(requirement.text or requirement.sentence)
        found.append(ScenarioTest(f"test_{name}", words, tuple(_used(list(_body(check))))))
    return found


def _body(check: HttpCheck) -> Iterator[str]:
    known: set[str] = set()
    for step in check.steps:
        if isinstance(step, ClockStep):
            yield f"time.advance({step.advance_s})"
            continue
        client = variable(step.session)
        if client not in known:
            known.add(client)
            yield f"{client} = TestClient(app)"
        yield from _request(step, client)


def _used(lines: list[str]) -> list[str]:
    """The lines without variables that no later line looks at."""
    kept: list[str] = []
    for line in reversed(lines):
        name, assigned, _ = line.partition(" = answer.json()")
        if not assigned or any(re.search(rf"\b{name}\b", later) for later in kept):
            kept.append(line)
    return kept[::-1]


def _request(step: HttpStep, client: str) -> Iterator[str]:
    arguments = [python_text(step.path)]
    if step.json_body is not None:
        arguments.append(f"json={python_value(step.json_body)}")
    if step.query:
        arguments.append(f"params={python_value(step.query)}")
    yield f"answer = {client}.{step.method.lower()}({', '.join(arguments)})"
    if len(step.status) == 1:
        yield f"assert answer.status_code == {step.status[0]}, answer.text"
    else:
        yield f"assert answer.status_code in {{{', '.join(map(str, step.status))}}}, answer.text"
    if step.token_from is not None:
        yield f'{client}.headers["Authorization"] = f"Bearer {{{_at(step.token_from, "answer.json()", single=True)}}}"'
    for name, path in step.save.items():
        yield f"{variable(name)} = {_at(path, 'answer.json()')}"
    for expect in step.json_expect:
        yield _assertion(expect)
    yield from text_assertions(step, "answer.text")


def _assertion(expect: JsonExpect) -> str:
    at, value = _at(expect.path, "answer.json()"), python_value(expect.value)
    items = f"[item[{py_str(expect.key)}] for item in {at}]"
    same = "is" if expect.value is None or isinstance(expect.value, bool) else "=="
    asserted = {
        "eq": f"{at} {same} {value}",
        "ne": f"{at} != {value}",
        "decimal_eq": f"Decimal({at}) == Decimal({python_value(str(expect.value))})",
        "moment_eq": f"close({at}, {value})",
        "contains": f"{value} in {at}",
        "lacks": f"{value} not in {at}",
        "contains_item": f"{value} in {items}",
        "lacks_item": f"{value} not in {items}",
        "length": f"len({at}) == {value}",
        "names_field": f"named(answer, {value})",
    }
    if expect.op in ("exists", "absent"):
        parent, _, last = expect.path.rpartition(".")
        return f"assert {py_str(last)} {'in' if expect.op == 'exists' else 'not in'} {_at(parent, 'answer.json()')}"
    return f"assert {asserted[expect.op]}"


def _at(path: str, start: str, *, single: bool = False) -> str:
    """`answer.json()["items"][0]` of `items.0`; with `single` quotes that fit into an f-string."""
    for part in path.split(".") if path else []:
        key = part if part.isdigit() else (f"'{variable(part)}'" if single else py_str(part))
        start += f"[{key}]"
    return start
