"""What the site's templates see."""

from __future__ import annotations

from typing import Any

from autodev.blueprints.django_web import testing
from autodev.blueprints.django_web.entities import EntityView
from autodev.blueprints.django_web.fields import DjangoField
from autodev.blueprints.django_web.renaming import django_names
from autodev.blueprints.django_web.testing_journeys import journey_tests
from autodev.blueprints.django_web.testing_rules import crowded_rules
from autodev.blueprints.django_web.testing_scenarios import scenario_tests
from autodev.blueprints.python.names import dashes
from autodev.blueprints.python.ordering import by_dependency
from autodev.blueprints.python.pins import pinned, requirements_of
from autodev.blueprints.render import Rendering
from autodev.blueprints.text import sentence
from autodev.spec.dialects.expansion import has_accounts
from autodev.spec.expr import Expr, Now, walk
from autodev.spec.schema import EntitySpec, Spec


def rendering(spec: Spec) -> Rendering:
    """The rendering of a Spec. Raises BlueprintError where a rule names what is not there."""
    auth = (
        has_accounts(spec) or spec.has("admin") or any(r.target == "User" for e in spec.entities for r in e.relations)
    )
    named, public_names = django_names(spec)
    entities = [EntityView(named, entity, auth, public_names) for entity in named.entities]
    used = [node for e in spec.entities for node in expressions(e)]
    now = [node for node in used if isinstance(node, Now)]
    postgres = (spec.database or "").lower() in {"postgresql", "postgres"}
    scenarios = scenario_tests(spec)
    journeys = journey_tests(spec)
    protected = {r.target_name for e in entities for r in e.to_one if r.spec.on_delete == "protect"}
    variables: dict[str, Any] = {
        "entities": entities,
        "tables": by_dependency(entities),
        "late_keys": late_keys(by_dependency(entities)),
        "model_names": ", ".join(e.name for e in entities),
        "service_names": ", ".join(e.plural for e in entities),
        "auth": auth,
        "postgres": postgres,
        "slug": dashes(spec.name),
        "about": sentence(spec.summary or spec.idea),
        "pinned": pinned,
        "requirements_of": requirements_of,
        "database": "postgresql" if postgres else "sqlite",
        "is_field": lambda part: isinstance(part, DjangoField),
        "protected": protected,
        "asks_administrator": any(
            e.owned or any(e.asks_user(event) for event in ("create", "update", "delete")) for e in entities
        ),
        "uses_now": any(not n.as_date for n in now) or any(f.type == "datetime" for e in entities for f in e.fields),
        "uses_today": any(n.as_date for n in now) or any(f.type == "date" for e in entities for f in e.fields),
        "refusals": any(e.checks for e in entities) or bool(protected),
        "has_type": lambda name: any(f.type == name for e in entities for f in e.fields),
        "testing": testing,
        "crowded_rules": crowded_rules,
        "scenario_tests": scenarios,
        "journey_tests": journeys,
        "tests_use_time": any(test.uses_time for test in [*scenarios, *journeys]),
        "uses_line": lambda text: any(text in line for test in scenarios for line in test.lines),
        "journeys_use": lambda method: any(f".{method}(" in line for test in journeys for line in test.lines),
        "tag": lambda text: f"{{% {text} %}}",
        "out": lambda text: f"{{{{ {text} }}}}",
    }
    each = {
        "entity": [(e.module, e) for e in entities],
        "plural": [(e.plural, e) for e in entities],
        "ruled": [(e.plural, e) for e in entities if e.checks],
    }

    left_out = {
        "tests/test_requirements.py": not scenarios,
        "tests/browser/test_journeys.py": not journeys,
        "tests/browser/window.py": not journeys,
        "tests/test_rules.py": not any(crowded_rules(entity) for entity in entities),
        "app/core/clock.py": not (variables["uses_now"] or variables["uses_today"]),
        "app/core/errors.py": not variables["refusals"],
        "app/core/forms/inputs.py": not any(f.widget for e in entities for f in e.inputs),
    }

    def skip(path: str) -> bool:
        if path in left_out:
            return left_out[path]
        return not auth and (path in AUTH_FILES or path.startswith(("app/accounts/", "app/templates/accounts/")))

    return Rendering(variables, each=each, skip=skip)


AUTH_FILES = {"app/core/admin.py", "tests/test_accounts.py", "tests/test_admin.py", "app/templates/403.html"}


def expressions(entity: EntitySpec) -> list[Expr]:
    """Every expression of an entity, with all that is below it."""
    found = [f.computed for f in entity.fields if f.computed is not None]
    found += [rule.require for rule in entity.rules]
    for action in entity.actions:
        found += [*action.sets.values(), *(rule.require for rule in action.requires)]
    return [node for expr in found for node in walk(expr)]


def late_keys(tables: list[EntityView]) -> set[tuple[str, str]]:
    """(entity, relation) of the keys that can be added only once a later table is there."""
    made: set[str] = {"User"}
    late: set[tuple[str, str]] = set()
    for entity in tables:
        made.add(entity.name)
        late |= {(entity.name, r.spec.name) for r in entity.relations if r.target_name not in made}
    return late
