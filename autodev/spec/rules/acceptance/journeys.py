"""Journeys: the few scenarios that go through the screens of a web application, in a real browser.

Each is the beginning of a scenario that is measured by requests anyway: people sign up and sign in, a record is made by
its form and seen in the list, and where a rule refuses another, the page says so. They cost seconds, so there are at
most `MOST`, one for each main entity; an entity whose form an earlier journey fills in on its way needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autodev.spec.rules.draft import Draft
from autodev.spec.rules.words import plural_label
from autodev.spec.scenario import Act, Create, ListRecords, LogIn, Scenario, ScenarioStep, SignUp, Update
from autodev.spec.schema import EntitySpec, Requirement

MOST = 3
MOST_FORMS = 6
SCENARIO_ID = "in_browser"


@dataclass(frozen=True, kw_only=True)
class Journey:
    """The requirement it belongs to, by its place, and the steps up to the refusal, where there is one."""

    at: int
    entity: EntitySpec
    steps: tuple[ScenarioStep, ...]
    refusal: str = ""

    @property
    def made(self) -> set[str]:
        """The entities whose form it fills in."""
        return {step.entity for step in self.steps if isinstance(step, Create)}

    @property
    def scenario(self) -> Scenario:
        title = f"In a browser: {plural_label(self.entity.name)} are made by their form and seen in the list"
        if self.refusal:
            title += f"; a refusal is told on the page ({self.refusal[0].lower()}{self.refusal[1:]})"
        return Scenario(id=SCENARIO_ID, title=title, steps=self.steps, through="browser")


def with_journeys(draft: Draft, requirements: list[Requirement]) -> list[Requirement]:
    """The requirements with the journeys of a web application among their scenarios."""
    if draft.project_type != "web_app":
        return requirements
    found = list(requirements)
    for journey in chosen(list(draft.entities.values()), requirements):
        own = found[journey.at]
        found[journey.at] = own.model_copy(update={"scenarios": [*own.scenarios, journey.scenario]})
    return found


def chosen(entities: Sequence[EntitySpec], requirements: Sequence[Requirement]) -> list[Journey]:
    """The journeys that together fill in the most forms: first those that meet a rule and pass other forms on the way."""
    best = [journey for entity in entities if (journey := _best(entity, requirements)) is not None]
    best.sort(key=lambda journey: (not journey.refusal, -len(journey.made)))
    taken: list[Journey] = []
    for journey in best:
        passed = {name for other in taken for name in other.made}
        if journey.entity.name not in passed and len(taken) < MOST:
            taken.append(journey)
    return taken


def _best(entity: EntitySpec, requirements: Sequence[Requirement]) -> Journey | None:
    """One that meets a rule, before one that only makes a record."""
    found = list(_journeys(entity, requirements))
    return next((journey for journey in found if journey.refusal), next(iter(found), None))


def _journeys(entity: EntitySpec, requirements: Sequence[Requirement]) -> Iterator[Journey]:
    for at, requirement in enumerate(requirements):
        for scenario in requirement.scenarios:
            steps, refused = _beginning(entity, scenario)
            if steps and sum(isinstance(step, Create) for step in steps) <= MOST_FORMS:
                yield Journey(at=at, entity=entity, steps=steps, refusal=scenario.title if refused else "")


def _beginning(entity: EntitySpec, scenario: Scenario) -> tuple[tuple[ScenarioStep, ...], bool]:
    """The steps up to the first refusal of a second record, or without one to the first record; empty where none of
    the entity is made. Whoever made it then sees it in the list."""
    kept: list[ScenarioStep] = []
    short: tuple[ScenarioStep, ...] = ()
    for step in scenario.steps:
        if isinstance(step, Create) and step.entity == entity.name:
            if step.expect == "refused" and short and _a_form_sends(entity, step):
                return _acting([*kept, step]), True
            if step.expect != "ok" or step.save is None:
                break
            kept.append(step)
            if not short:
                kept.append(ListRecords(actor=step.actor, entity=entity.name, contains=(step.save,)))
                short = _acting(kept)
        elif isinstance(step, SignUp | LogIn) or (isinstance(step, Create | Update | Act) and step.expect == "ok"):
            kept.append(step)
        elif getattr(step, "expect", None) != "ok":
            break  # a refusal of another kind, or time that goes by
    return short, False


def _acting(steps: Sequence[ScenarioStep]) -> tuple[ScenarioStep, ...]:
    """Without the accounts of people who do nothing."""
    acting = {step.actor for step in steps if not isinstance(step, SignUp)}
    return tuple(step for step in steps if step.actor in acting)


def _a_form_sends(entity: EntitySpec, step: Create) -> bool:
    """Whether the browser sends it at all: it keeps back what is empty, not among the choices, or out of bounds."""
    if step.omit:
        return False
    for name, value in step.values.items():
        field = entity.field(name)
        if value in (None, "") or (field is not None and field.choices and value not in field.choices):
            return False
        if field is not None and (field.min is not None or field.max is not None):
            return False
    return True
