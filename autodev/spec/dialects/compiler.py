"""Compiles scenarios into checks, at plan time. Pure: the same Spec and scenario give the same check."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autodev.spec.checks import BrowserCheck, Check, ClockStep, HttpCheck
from autodev.spec.dialects.browser_pages import BrowserPages
from autodev.spec.dialects.cli import compile_cli
from autodev.spec.dialects.expansion import Expansion
from autodev.spec.dialects.html_forms import HtmlForms
from autodev.spec.dialects.rest_json import RestJson
from autodev.spec.dialects.steps import HttpDialect, ScenarioError
from autodev.spec.scenario import Scenario
from autodev.spec.schema import Requirement, Spec

HTTP_DIALECTS: Mapping[str, Callable[[], HttpDialect]] = {"rest_json": RestJson, "html_forms": HtmlForms}
WITH_SCREENS = frozenset({"html_forms"})


def compile_scenario(spec: Spec, scenario: Scenario, *, dialect: str) -> Check:
    """The check that measures `scenario` from outside on a product that speaks `dialect`. One that goes through the
    browser is measured by requests where the product has no screens.

    Raises ScenarioError where the scenario does not fit the Spec or the dialect.
    """
    if dialect == "cli":
        return compile_cli(scenario)
    if dialect not in HTTP_DIALECTS:
        raise ScenarioError(scenario.id, f"there is no dialect {dialect}", f"there are {[*HTTP_DIALECTS, 'cli']}")
    if scenario.through == "browser" and dialect in WITH_SCREENS:
        return _in_a_browser(spec, scenario)
    expansion = Expansion(spec, scenario, HTTP_DIALECTS[dialect]())
    for step in scenario.steps:
        expansion.add(step)
    if not expansion.steps:
        raise ScenarioError(scenario.id, "it has no steps")
    return HttpCheck(id=scenario.id, title=scenario.title, steps=tuple(expansion.steps))


def _in_a_browser(spec: Spec, scenario: Scenario) -> BrowserCheck:
    expansion = Expansion(spec, scenario, BrowserPages(scenario.id))
    for step in scenario.steps:
        expansion.add(step)
    actions = tuple(action for action in expansion.steps if not isinstance(action, ClockStep))
    if len(actions) < len(expansion.steps):
        raise ScenarioError(scenario.id, "it moves the clock, which a browser does not see")
    if not actions:
        raise ScenarioError(scenario.id, "it has no steps")
    return BrowserCheck(id=scenario.id, title=scenario.title, actions=actions)


def compile_requirement(spec: Spec, requirement: Requirement, dialect: str) -> list[Check]:
    """All checks of a requirement: its scenarios compiled, then those given directly; ids start with the requirement's.

    Raises ScenarioError, also where two of its checks have one id.
    """
    checks: list[Check] = [compile_scenario(spec, scenario, dialect=dialect) for scenario in requirement.scenarios]
    checks.extend(requirement.checks)
    named = [check.model_copy(update={"id": f"{requirement.id}.{check.id}"}) for check in checks]
    ids = [check.id for check in named]
    for twice in {check_id for check_id in ids if ids.count(check_id) > 1}:
        raise ScenarioError(twice, "two checks of the requirement have this id")
    return named
