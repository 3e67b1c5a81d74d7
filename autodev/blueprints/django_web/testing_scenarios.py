"""The Spec's acceptance scenarios as tests: each compiled check becomes a function that uses the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from autodev.blueprints.python.scenario_tests import ScenarioTest, http_checks, text_assertions
from autodev.blueprints.python.scenario_values import python_text, python_value, variable
from autodev.blueprints.text import one_line, py_str
from autodev.spec.checks import ClockStep, HtmlExpect, HttpCheck, HttpStep
from autodev.spec.schema import Spec


def scenario_tests(spec: Spec) -> list[ScenarioTest]:
    """A test for each scenario that can be told with pages; of two with one name the later gets its requirement's."""
    found: dict[str, ScenarioTest] = {}
    for requirement, scenario, check in http_checks(spec, "html_forms"):
        name, n = scenario.id, 2
        if name in found or len(name) < 9:
            name = f"{requirement.id}_{scenario.id}"
        while name in found:
            name, n = f"{requirement.id}_{scenario.id}_{n}", n + 1
        words = one_line(scenario.title or requirement.text)
        found[name] = ScenarioTest(f"test_{name}", words, tuple(_used(list(_body(check)))))
    return list(found.values())


def _body(check: HttpCheck) -> Iterator[str]:
    known: set[str] = set()
    for step in check.steps:
        if isinstance(step, ClockStep):
            yield f"time.advance({step.advance_s})"
            continue
        visitor = variable(step.session)
        if visitor not in known:
            known.add(visitor)
            yield f"{visitor} = Visitor()"
        yield from _request(step, visitor)


def _used(lines: list[str]) -> list[str]:
    """The lines without variables that no later line looks at."""
    kept: list[str] = []
    for line in reversed(lines):
        name, assigned, _ = line.partition(" = page.")
        if not assigned or any(re.search(rf"(?<![.\w]){name}\b", later) for later in kept):
            kept.append(line)
        elif line.endswith(" = page.record"):
            kept.append("assert page.record")
    return kept[::-1]


def _request(step: HttpStep, visitor: str) -> Iterator[str]:
    arguments = [python_text(step.path)]
    if step.form is not None:
        arguments.append(python_value(step.form))
        if step.form_page is not None and step.form_page != step.path:
            arguments.append(f"page={python_text(step.form_page)}")
        if step.form_without:
            arguments.append(f"without={python_value(list(step.form_without))}")
        yield f"page = {visitor}.submit({', '.join(arguments)})"
    else:
        if step.query:
            arguments.append(python_value(step.query))
        yield f"page = {visitor}.get({', '.join(arguments)})"
    yield from _outcome(step)


def _outcome(step: HttpStep) -> Iterator[str]:
    """What the page that the request ends on must be, and what is kept of it."""
    if len(step.status) == 1:
        yield f"assert page.status == {step.status[0]}, page"
    else:
        yield f"assert page.status in {{{', '.join(map(str, step.status))}}}, page"
    if step.final_path is not None:
        yield f"assert page.path == {python_text(step.final_path)}"
    for expect in step.html_expect:
        yield f"assert {_assertion(expect)}"
    yield from text_assertions(step, "page.text")
    for name, where in step.save.items():
        if name == "_page":
            yield f"assert page.path != {python_text(step.path)}"
        elif where.startswith("html:"):
            email = re.sub(r"\\(.)", r"\1", where.rpartition("*")[2])
            yield f"{variable(name)} = page.option({py_str(email)})"
        else:
            yield f"{variable(name)} = page.record"


def _assertion(expect: HtmlExpect) -> str:
    if expect.op == "error":
        return f"{py_str(expect.field)} in page.errors" if expect.field else "page.errors"
    if expect.op == "no_error":
        return "not page.errors"
    if expect.op == "rows":
        return f"len(page.rows) == {int(expect.value)}"
    if expect.op in ("has_row", "lacks_row"):
        return f"{python_value(expect.value)} {'in' if expect.op == 'has_row' else 'not in'} page.rows"
    return _shown(expect)


def _shown(expect: HtmlExpect) -> str:
    shown, wanted = f"page.shown({py_str(expect.field)})", _wanted(expect.value)
    if expect.op == "decimal_eq" and expect.value not in (None, ""):
        return f"Decimal({shown}) == Decimal({wanted})"
    if expect.op == "moment_eq" and expect.value not in (None, ""):
        return f"close({shown}, {wanted})"
    return f"{shown} == {wanted}"


def _wanted(value: Any) -> str:
    if isinstance(value, bool):
        return '"Yes"' if value else '"No"'
    return python_text(" ".join(str(value if value is not None else "").split()))
