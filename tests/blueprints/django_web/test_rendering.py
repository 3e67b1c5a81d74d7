"""What is written, and what is not, without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from autodev.blueprints.django_web.renaming import django_names
from autodev.blueprints.registry import get, select
from autodev.spec.schema import EntitySpec, FieldSpec, Spec
from tests.blueprints.conftest import rendered
from tests.blueprints.django_web.specs import SPECS
from tests.blueprints.test_hostile_text import HOSTILE


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_the_same_spec_gives_the_same_files(spec: Callable[[], Spec]) -> None:
    assert rendered(spec(), "django-web") == rendered(spec(), "django-web")


def test_a_web_application_with_django_is_rendered_by_it() -> None:
    chosen = select(SPECS["booking"]()).blueprint
    assert chosen is not None
    assert chosen.name == "django-web"


def test_without_accounts_nothing_speaks_of_them() -> None:
    files = rendered(SPECS["orders"](), "django-web")
    assert "app/core/admin.py" not in files
    code = {path: text for path, text in files.items() if path.startswith("app/")}
    words = ("sign in", "login", "request.user", "may_change", "accounts")
    assert not [(path, word) for path, text in code.items() for word in words if word in text.lower()]


def test_only_what_the_spec_has_is_written() -> None:
    files = rendered(SPECS["booking"](), "django-web")
    assert "SERIALIZABLE" not in files["app/settings.py"]
    assert "psycopg" not in files["pyproject.toml"]
    assert "app/core/rules/rooms.py" not in files
    assert "csv" not in files["app/core/views/pages.py"]
    assert {"README.md", "docs/pages.md", "docs/architecture.md", "Dockerfile", "compose.yaml"} <= files.keys()


def test_postgresql_runs_a_refused_transaction_again() -> None:
    files = rendered(SPECS["library"](), "django-web")
    assert "IsolationLevel.SERIALIZABLE" in files["app/settings.py"]
    assert "RETRYABLE" in files["app/transactions.py"]
    assert "psycopg" in files["pyproject.toml"]


def test_no_page_holds_inline_script_or_style() -> None:
    for path, text in rendered(SPECS["profiles"](), "django-web").items():
        if path.endswith(".html"):
            assert "<script" not in text, path
            assert "style=" not in text, path


def test_pins_and_lock_are_carried() -> None:
    files = get("django-web").render(SPECS["booking"](), pins={"django": "5.2.19"}, lock="django==5.2.19\n")
    assert '"django==5.2.19"' in files["pyproject.toml"]
    assert files["requirements.lock"] == "django==5.2.19\n"
    assert "requirements.lock" in files["Dockerfile"]


def test_a_list_offers_no_record_that_is_not_visible() -> None:
    files = rendered(SPECS["notes"](), "django-web")
    assert "Notebook.objects.all()" not in files["app/core/forms/note.py"]
    assert "NoteFilter(request.GET, user=request.user)" in files["app/core/views/notes.py"]
    tests = files["tests/test_note.py"]
    assert "test_the_list_offers_only_what_is_visible_as_notebook" in tests
    assert "test_the_list_offers_only_what_is_visible_as_reader" in tests


def test_names_that_django_cannot_take() -> None:
    spec, own = django_names(SPECS["profiles"]())
    assert own == {("Person", "person_check"): "check"}
    require = spec.entity("Profile").rules[0].require.model_dump()
    assert require["left"]["path"] == "person.person_check"
    assert spec.entity("Person").field("check") is None


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_data(words: str) -> None:
    entity = EntitySpec(
        name="Thing", plural="things", title="kind", description=words, owned=True,
        fields=[FieldSpec(name="kind", type="enum", choices=["a", words], help=words)],
    )  # fmt: skip
    spec = Spec(name="x", title=words, idea=words, summary=words, project_type="web_app", entities=[entity])
    files = rendered(spec, "django-web")
    for path, source in files.items():
        if path.endswith(".py"):
            ast.parse(source, path)
        if path.endswith(".html"):
            assert "<script" not in source, path
            assert "cycler" not in source or "{{ cycler" not in source, path
    model = ast.parse(files["app/core/models/thing.py"])
    assert words in [node.value for node in ast.walk(model) if isinstance(node, ast.Constant)]
    assert sorted(files) == sorted(rendered(spec.model_copy(update={"title": "plain"}), "django-web"))
