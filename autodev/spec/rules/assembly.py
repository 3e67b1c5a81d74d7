"""From the draft to the Spec: scenarios are built now that everything is known, and what has none is not understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.spec.rules.acceptance.journeys import with_journeys
from autodev.spec.rules.draft import Draft, Want
from autodev.spec.rules.estimates import complexity, risks
from autodev.spec.rules.surface import endpoints, screens
from autodev.spec.rules.words import identifier, plural_label
from autodev.spec.scenario import Scenario
from autodev.spec.schema import Requirement, Spec

_SUFFIX: dict[str, str] = {"rest_api": "api", "web_app": "app", "realtime": "app"}


def assemble(draft: Draft, constraints: Mapping[str, Any], preferences: Mapping[str, Any]) -> Spec:
    """The Spec of a finished draft."""
    entities = list(draft.entities.values())
    kind = draft.project_type or "unknown"
    auth = any(f.name == "auth" for f in draft.features)
    requirements = [_requirement(draft, want) for want in sorted(draft.wants, key=lambda want: want.clause.index)]
    requirements = with_journeys(draft, _cover(draft, requirements))
    title = _title(draft)
    spec = Spec(
        name=_name(draft, title),
        title=title,
        idea=draft.idea,
        project_type=kind,
        language=draft.language,
        framework=draft.framework,
        database=draft.database,
        domain=draft.domain,
        summary=_summary(draft),
        entities=entities,
        actors=[draft.actors[name] for name in sorted(draft.actors)],
        features=draft.features,
        screens=screens(entities, kind, auth=auth),
        endpoints=endpoints(entities, kind, auth=auth),
        commands=draft.commands,
        requirements=requirements,
        non_goals=draft.non_goals,
        assumptions=draft.assumptions,
        constraints=dict(constraints),
        preferences=dict(preferences),
    )
    spec.complexity, spec.risks = complexity(spec), risks(spec)
    # Checked as a whole: the parts were changed after they were made.
    return Spec.model_validate(spec.model_dump())


def _requirement(draft: Draft, want: Want) -> Requirement:
    scenarios: list[Scenario] = want.scenarios(draft, want.id) if want.scenarios is not None else []
    understood = bool(scenarios)
    note = want.note or ("" if understood else "No acceptance scenario covers this.")
    return Requirement(
        id=identifier(want.id),
        sentence=want.clause.sentence,
        text=want.text,
        understood=understood,
        kind=want.kind,
        scenarios=scenarios,
        note=note,
    )


def _cover(draft: Draft, requirements: list[Requirement]) -> list[Requirement]:
    """Every clause has a requirement. One that says only what the stack is gets the product's first scenario; one that is
    neutral altogether shares its neighbour's."""
    found = list(requirements)
    sentences = {r.sentence for r in found}
    first = next((r for r in found if r.understood and r.scenarios), None)
    number = 0
    for clause in draft.clauses:
        if clause.sentence in sentences:
            continue
        number += 1
        note = "" if first else "No acceptance scenario covers this."
        found.append(
            Requirement(
                id=f"frame_{number}",
                sentence=clause.sentence,
                text="What is asked for is made as it is framed here; the choice of stack is measured when the blueprint is selected.",
                understood=first is not None,
                kind="constraint",
                scenarios=first.scenarios[:1] if first else [],
                note=note,
            )
        )
        sentences.add(clause.sentence)
    return found


def _title(draft: Draft) -> str:
    if draft.commands:
        return draft.commands[0].name
    if draft.domain_title:
        return draft.domain_title
    if draft.entities:
        return plural_label(next(iter(draft.entities))).capitalize()
    words = " ".join(draft.idea.split())[:60]
    return words.capitalize() if words else "Project"


def _name(draft: Draft, title: str) -> str:
    if draft.commands:
        return identifier(title)
    words = identifier(title, default="project")
    suffix = _SUFFIX.get(draft.project_type or "", "")
    return f"{words[:56]}_{suffix}" if suffix and draft.entities else words


def _summary(draft: Draft) -> str:
    if draft.commands:
        return draft.commands[0].help
    if not draft.entities:
        return ""
    names = [plural_label(name) for name in draft.entities]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Keeps {listed}."
