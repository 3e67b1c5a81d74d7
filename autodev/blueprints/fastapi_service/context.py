"""What the service's templates see."""

from __future__ import annotations

from typing import Any

from autodev.blueprints.fastapi_service import access, columns, testing
from autodev.blueprints.fastapi_service.class_names import free_class_names
from autodev.blueprints.fastapi_service.entities import EntityView
from autodev.blueprints.fastapi_service.testing_rules import crowded_rules
from autodev.blueprints.fastapi_service.testing_scenarios import scenario_tests
from autodev.blueprints.python.names import dashes
from autodev.blueprints.python.ordering import by_dependency
from autodev.blueprints.python.pins import pinned, requirements_of
from autodev.blueprints.render import Rendering
from autodev.blueprints.text import sentence
from autodev.spec.dialects.expansion import has_accounts
from autodev.spec.schema import Spec


def rendering(spec: Spec) -> Rendering:
    """The rendering of a Spec. Raises BlueprintError where a rule names what is not there."""
    spec = free_class_names(spec)
    auth = has_accounts(spec) or any(r.target == "User" for e in spec.entities for r in e.relations)
    entities = [EntityView(spec, entity, auth) for entity in spec.entities]
    postgres = (spec.database or "").lower() in {"postgresql", "postgres"}
    variables: dict[str, Any] = {
        "entities": entities,
        "tables": by_dependency(entities),
        "auth": auth,
        "admins": auth and has_admins(spec),
        "postgres": postgres,
        "slug": dashes(spec.name),
        "about": sentence(spec.summary or spec.idea),
        "columns": columns,
        "testing": testing,
        "crowded_rules": crowded_rules,
        "pinned": pinned,
        "requirements_of": requirements_of,
        "database": "postgresql" if postgres else "sqlite",
        "users_named": any(r.target is None for e in entities for r in e.relations),
        **access.functions(entities),
        "moments": any(f.type == "datetime" for e in entities for f in e.stored),
        "decimals": any(f.type == "decimal" for e in entities for f in e.stored),
        "web": any(f.type == "url" for e in entities for f in e.inputs),
    }
    scenarios = scenario_tests(spec)
    variables["scenario_tests"] = scenarios
    variables["uses_line"] = lambda text: any(text in line for test in scenarios for line in test.lines)
    each = {"entity": [(e.module, e) for e in entities], "plural": [(e.plural, e) for e in entities]}

    def skip(path: str) -> bool:
        if path == "tests/test_requirements.py":
            return not scenarios
        if path in ENTITY_FILES and not entities:
            return path != "alembic/versions/0001_initial.py" or not auth
        if path == "tests/test_rules.py":
            return not any(crowded_rules(entity) for entity in entities)
        return (not auth and path in AUTH_FILES) or (path == "app/schemas/web.py" and not variables["web"])

    return Rendering(variables, each=each, skip=skip)


AUTH_FILES = {
    "app/models/user.py", "app/schemas/sign_in.py", "app/security.py", "app/services/sign_in.py", "app/login_limit.py",
    "app/routes/auth.py", "tests/test_auth.py",
}  # fmt: skip


ENTITY_FILES = {"alembic/versions/0001_initial.py", "tests/factories.py"}


def has_admins(spec: Spec) -> bool:
    """Whether the service tells administrators from other users."""
    return (
        spec.has("roles")
        or spec.has("admin")
        or any(actor.admin for actor in spec.actors)
        or any(e.write == "admin" or any(a.who == "admin" for a in e.actions) for e in spec.entities)
    )
