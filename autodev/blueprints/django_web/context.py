"""What the site's templates see."""

from __future__ import annotations

from typing import Any

from autodev.blueprints.django_web import testing
from autodev.blueprints.django_web.entities import EntityView
from autodev.blueprints.django_web.fields import DjangoField
from autodev.blueprints.django_web.testing_rules import crowded_rules
from autodev.blueprints.django_web.testing_scenarios import scenario_tests
from autodev.blueprints.python.names import dashes
from autodev.blueprints.python.pins import pinned, requirements_of
from autodev.blueprints.render import Rendering
from autodev.blueprints.text import sentence
from autodev.spec.dialects.expansion import has_accounts
from autodev.spec.schema import Spec


def rendering(spec: Spec) -> Rendering:
    """The rendering of a Spec. Raises BlueprintError where a rule names what is not there."""
    auth = (
        has_accounts(spec) or spec.has("admin") or any(r.target == "User" for e in spec.entities for r in e.relations)
    )
    entities = [EntityView(spec, entity, auth, {}) for entity in spec.entities]
    postgres = (spec.database or "").lower() in {"postgresql", "postgres"}
    scenarios = scenario_tests(spec)
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
        "protected": {r.target_name for e in entities for r in e.to_one if r.spec.on_delete == "protect"},
        "asks_administrator": any(
            e.owned or any(e.asks_user(event) for event in ("create", "update", "delete")) for e in entities
        ),
        "testing": testing,
        "crowded_rules": crowded_rules,
        "scenario_tests": scenarios,
        "uses_line": lambda text: any(text in line for test in scenarios for line in test.lines),
        "tag": lambda text: f"{{% {text} %}}",
        "out": lambda text: f"{{{{ {text} }}}}",
    }
    each = {
        "entity": [(e.module, e) for e in entities],
        "plural": [(e.plural, e) for e in entities],
        "ruled": [(e.plural, e) for e in entities if e.checks],
    }

    def skip(path: str) -> bool:
        if path == "tests/test_requirements.py":
            return not scenarios
        if path == "tests/test_rules.py":
            return not any(crowded_rules(entity) for entity in entities)
        return not auth and (path in AUTH_FILES or path.startswith(("app/accounts/", "app/templates/accounts/")))

    return Rendering(variables, each=each, skip=skip)


AUTH_FILES = {"app/core/admin.py", "tests/test_accounts.py", "tests/test_admin.py", "app/templates/403.html"}


def by_dependency(entities: list[EntityView]) -> list[EntityView]:
    """The entities, each after those that its keys point to (where they do not point in a circle)."""
    found: list[EntityView] = []
    waiting = list(entities)
    while waiting:
        names = {e.name for e in waiting}
        ready = [e for e in waiting if not (({r.target_name for r in e.relations} & names) - {e.name})]
        found += ready or waiting[:1]
        waiting = [e for e in waiting if e not in found]
    return found


def late_keys(tables: list[EntityView]) -> set[tuple[str, str]]:
    """(entity, relation) of the keys that can be added only once a later table is there."""
    made: set[str] = {"User"}
    late: set[tuple[str, str]] = set()
    for entity in tables:
        made.add(entity.name)
        late |= {(entity.name, r.spec.name) for r in entity.relations if r.target_name not in made}
    return late
