"""The Spec's acceptance scenarios as tests of the rendered project: what is common to every dialect over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autodev.blueprints.python.scenario_values import python_text
from autodev.spec.checks import BrowserCheck, Check, HttpCheck, HttpStep
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.dialects.steps import ScenarioError
from autodev.spec.scenario import Scenario
from autodev.spec.schema import Requirement, Spec


@dataclass(frozen=True)
class ScenarioTest:
    """A test function: its name, the words of the requirement, and the lines of its body."""

    name: str
    sentence: str
    lines: tuple[str, ...]

    @property
    def uses_time(self) -> bool:
        """Whether it speaks of moments, or moves the clock on."""
        return any(re.search(r"\btime\.(advance|moment|day)\(", line) for line in self.lines)


def http_checks(spec: Spec, dialect: str) -> Iterator[tuple[Requirement, Scenario, HttpCheck]]:
    """Each scenario that goes through requests in the dialect, with its requirement, in the Spec's order."""
    for requirement, scenario, check in _checks(spec, dialect):
        if isinstance(check, HttpCheck):
            yield requirement, scenario, check


def browser_checks(spec: Spec, dialect: str) -> Iterator[tuple[Requirement, Scenario, BrowserCheck]]:
    """Each scenario that goes through the screens, with its requirement, in the Spec's order."""
    for requirement, scenario, check in _checks(spec, dialect):
        if isinstance(check, BrowserCheck):
            yield requirement, scenario, check


def _checks(spec: Spec, dialect: str) -> Iterator[tuple[Requirement, Scenario, Check]]:
    for requirement in spec.requirements:
        for scenario in requirement.scenarios:
            try:
                check = compile_scenario(spec, scenario, dialect=dialect)
            except ScenarioError:
                continue  # the plan reports it: here there is nothing to write
            yield requirement, scenario, check


def text_assertions(step: HttpStep, text: str) -> Iterator[str]:
    """What the answer must hold and must not hold, where it is neither JSON nor a page of the site; `text` is code."""
    for part in step.text_contains:
        yield f"assert {python_text(part)} in {text}"
    for part in step.text_lacks:
        yield f"assert {python_text(part)} not in {text}"
