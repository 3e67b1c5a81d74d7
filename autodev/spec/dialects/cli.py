"""`cli`: a scenario's steps as calls of the product's command. Only `run` steps make sense here."""

from __future__ import annotations

from autodev.spec.checks import CliCheck, CliRun
from autodev.spec.dialects.steps import ScenarioError
from autodev.spec.scenario import RunCommand, Scenario


def compile_cli(scenario: Scenario) -> CliCheck:
    """The check of a command-line product. Raises ScenarioError for a step of another kind."""
    runs = []
    for step in scenario.steps:
        if not isinstance(step, RunCommand):
            raise ScenarioError(scenario.id, f"a command-line product has no step {step.do}", "use run")
        runs.append(CliRun(**step.model_dump(exclude={"do", "actor"})))
    if not runs:
        raise ScenarioError(scenario.id, "it has no steps")
    return CliCheck(id=scenario.id, title=scenario.title, files=scenario.files, runs=tuple(runs))
