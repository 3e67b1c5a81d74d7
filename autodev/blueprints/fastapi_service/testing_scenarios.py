"""The Spec's acceptance scenarios as tests: each compiled check becomes a function that speaks to the service."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autodev.blueprints.text import one_line, py_str
from autodev.spec.checks import ClockStep, HttpCheck, HttpStep, JsonExpect
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.dialects.steps import ScenarioError
from autodev.spec.schema import Spec

_PLACEHOLDER = re.compile(r"\{(now|today)([+-]\d+)?\}|\{(\w+)\}")
_TAKEN = {"app", "answer", "body", "time", "moment", "day", "named", "close", "Decimal", "TestClient"}


@dataclass(frozen=True)
class ScenarioTest:
    """A test function: its name, the words of the requirement, and the lines of its body."""

    name: str
    sentence: str
    lines: tuple[str, ...]

    @property
    def moves_clock(self) -> bool:
        return any(line.startswith("time.advance") for line in self.lines)


def scenario_tests(spec: Spec) -> list[ScenarioTest]:
    """A test for each scenario that can be told over HTTP; of two with one name the second gets a number."""
    found: list[ScenarioTest] = []
    used: set[str] = set()
    for requirement in spec.requirements:
        for scenario in requirement.scenarios:
            try:
                check = compile_scenario(spec, scenario, dialect="rest_json")
            except ScenarioError:
                continue  # the plan reports it: here there is nothing to write
            if not isinstance(check, HttpCheck):
                continue
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
        client = _name(step.session)
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
    arguments = [_text(step.path)]
    if step.json_body is not None:
        arguments.append(f"json={_value(step.json_body)}")
    if step.query:
        arguments.append(f"params={_value(step.query)}")
    yield f"answer = {client}.{step.method.lower()}({', '.join(arguments)})"
    if len(step.status) == 1:
        yield f"assert answer.status_code == {step.status[0]}, answer.text"
    else:
        yield f"assert answer.status_code in {{{', '.join(map(str, step.status))}}}, answer.text"
    if step.token_from is not None:
        yield f'{client}.headers["Authorization"] = f"Bearer {{{_at(step.token_from, "answer.json()", single=True)}}}"'
    for name, path in step.save.items():
        yield f"{_name(name)} = {_at(path, 'answer.json()')}"
    for expect in step.json_expect:
        yield _assertion(expect)


def _assertion(expect: JsonExpect) -> str:
    at, value = _at(expect.path, "answer.json()"), _value(expect.value)
    items = f"[item[{py_str(expect.key)}] for item in {at}]"
    same = "is" if expect.value is None or isinstance(expect.value, bool) else "=="
    asserted = {
        "eq": f"{at} {same} {value}",
        "ne": f"{at} != {value}",
        "decimal_eq": f"Decimal({at}) == Decimal({_value(str(expect.value))})",
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
        key = part if part.isdigit() else (f"'{_name(part)}'" if single else py_str(part))
        start += f"[{key}]"
    return start


def _value(value: Any) -> str:
    """Data with placeholders as Python."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{py_str(key)}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A string with placeholders: a variable, a call, an f-string, or just the string."""
    whole = _PLACEHOLDER.fullmatch(text)
    if whole:
        return _filled(whole)
    if not _PLACEHOLDER.search(text):
        repeated = re.fullmatch(r"(\w)\1{20,}", text)
        return f'"{text[0]}" * {len(text)}' if repeated else py_str(text)
    parts: list[str] = []
    last = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [_escaped(text[last : match.start()]), f"{{{_filled(match)}}}"]
        last = match.end()
    return f'f"{"".join(parts)}{_escaped(text[last:])}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("{", "{{").replace("}", "}}")


def _filled(match: re.Match[str]) -> str:
    kind, offset, name = match.groups()
    if kind == "now":
        return f"moment(seconds={int(offset or 0)})"
    return f"day({int(offset or 0)})" if kind == "today" else _name(name)


def _name(text: str) -> str:
    """The text as a variable's name."""
    name = re.sub(r"\W", "_", text).lower().strip("_")
    if not name.isidentifier() or keyword.iskeyword(name) or name in _TAKEN or hasattr(builtins, name):
        return f"the_{name}"
    return name
