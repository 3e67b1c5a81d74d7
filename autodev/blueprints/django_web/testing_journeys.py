"""The Spec's journeys as tests of the rendered site: each compiled check becomes a function that uses windows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autodev.blueprints.python.scenario_tests import ScenarioTest, browser_checks
from autodev.blueprints.python.scenario_values import python_text, python_value, variable
from autodev.blueprints.text import one_line, py_str
from autodev.spec.checks import BrowserAction
from autodev.spec.schema import Spec

_RECORD = re.compile(r"\^(/[^()]*/)\(\?!new/\)\(\[\^/\]\+\)/\$")
_AWAY_FROM = re.compile(r"\^\(\?!(/[^()]*/)\)")


def journey_tests(spec: Spec) -> list[ScenarioTest]:
    """A test for each scenario that goes through the screens."""
    found: dict[str, ScenarioTest] = {}
    for requirement, scenario, check in browser_checks(spec, "html_forms"):
        name = f"test_{requirement.id}_{scenario.id}"
        if name in found:
            name = f"{name}_{len(found) + 1}"
        found[name] = ScenarioTest(name, one_line(scenario.title), tuple(_used(list(_body(check.actions)))))
    return list(found.values())


def _body(actions: Sequence[BrowserAction]) -> Iterator[str]:
    windows: set[str] = set()
    at = 0
    while at < len(actions):
        window = variable(actions[at].session)
        if window not in windows:
            windows.add(window)
            yield f"{window} = new_window()"
        form = _form(actions[at:])
        if form is not None:
            yield f"{window}.submit({python_text(actions[at].target)}, {python_value(form)})"
            at += len(form) + 2
        else:
            yield _one(window, actions[at])
            at += 1


def _form(actions: Sequence[BrowserAction]) -> dict[str, str] | None:
    """What is filled in and sent on the page that is opened first; None where it is not a form that is sent."""
    form: dict[str, str] = {}
    for action in actions[1:] if actions[0].do == "goto" else ():
        if action.do != "fill":
            return form if action.do == "submit" else None
        form[action.target] = action.value
    return None


def _one(window: str, action: BrowserAction) -> str:
    """One page that is opened, one thing that is pressed or looked for."""
    if action.do == "expect_url":
        return _arrives(window, action)
    given = [part for part in (action.target, action.value) if part]
    return f"{window}.{'open' if action.do == 'goto' else action.do}({', '.join(map(python_text, given))})"


def _arrives(window: str, action: BrowserAction) -> str:
    record = _RECORD.fullmatch(action.value)
    if record is not None:
        kept = f"{variable(action.save)} = " if action.save else ""
        return f"{kept}{window}.record({python_text(record[1])})"
    away = _AWAY_FROM.fullmatch(action.value)
    if away is not None:
        return f"{window}.expect_away_from({py_str(away[1])})"
    return f"{window}.expect_path({python_text(action.value.removeprefix('^').removesuffix('$'))})"


def _used(lines: list[str]) -> list[str]:
    """The lines without variables that no later line looks at."""
    kept: list[str] = []
    for line in reversed(lines):
        name, assigned, call = line.partition(" = ")
        needed = not assigned or any(re.search(rf"(?<![.\w]){name}\b", later) for later in kept)
        kept.append(line if needed or ".record(" not in call else call)
    return kept[::-1]
