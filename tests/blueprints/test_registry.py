from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from autodev.blueprints import registry
from autodev.blueprints.registry import all_blueprints, broken, get, select
from autodev.blueprints.render import BlueprintError, Rendering, render_folder
from autodev.spec.schema import ProjectType, Spec

MANIFEST = """
name: {name}
title: Extra
summary: A plug-in.
language: python
framework: none
project_types: [library]
source: extra
"""


def spec(project_type: ProjectType = "rest_api", **values: str) -> Spec:
    return Spec.model_validate({"name": "x", "title": "X", "idea": "x", "project_type": project_type, **values})


def plugin(folder: Path, name: str, manifest: str) -> EntryPoint:
    package = folder / name
    (package / "files").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "context.py").write_text(
        "from autodev.blueprints.render import Rendering\n\ndef rendering(spec):\n    return Rendering({})\n"
    )
    (package / "blueprint.yaml").write_text(manifest)
    (package / "files" / "README.md.j2").write_text("# {{ spec.title | md }}\n")
    return EntryPoint(name=name, value=name, group=registry.GROUP)


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    entries = [
        plugin(tmp_path, "extra_bp", MANIFEST.format(name="extra")),
        plugin(tmp_path, "wrong_bp", MANIFEST.format(name="wrong") + "colour: red\n"),
        plugin(tmp_path, "twin_bp", MANIFEST.format(name="probe")),
        EntryPoint(name="absent", value="no_such_package_at_all", group=registry.GROUP),
    ]
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)
    for name in ("extra_bp", "wrong_bp", "twin_bp"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.feature("F1.16")
def test_plugins_come_in_and_broken_ones_are_reported(plugins: Path) -> None:
    assert "extra" in [b.name for b in all_blueprints()]
    errors = {b.name: b.error for b in broken()}
    assert errors.keys() == {"wrong_bp", "twin_bp", "absent"}
    assert "colour" in errors["wrong_bp"]
    assert "blueprint.yaml" in errors["wrong_bp"]
    assert "taken" in errors["twin_bp"]


@pytest.mark.feature("F1.16")
def test_templates_and_manifest_are_read_again(plugins: Path) -> None:
    assert get("extra").render(spec(), pins={}, lock=None) == {"README.md": "# X\n"}
    (plugins / "extra_bp" / "files" / "README.md.j2").write_text("Changed {{ spec.name }}\n")
    (plugins / "extra_bp" / "blueprint.yaml").write_text(MANIFEST.format(name="renamed"))
    assert get("renamed").render(spec(), pins={}, lock="a==1\n") == {
        "README.md": "Changed x\n",
        "requirements.lock": "a==1\n",
    }


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(BlueprintError, match="fastapi-service"):
        get("nothing")


def test_a_rest_api_gets_the_service() -> None:
    chosen = select(spec())
    assert chosen.blueprint is not None
    assert chosen.blueprint.name == "fastapi-service"
    assert "FastAPI" in chosen.reason
    assert "probe" not in [name for name, _ in chosen.alternatives]


@pytest.mark.parametrize(
    ("project_type", "values"),
    [
        ("rest_api", {"language": "go"}),
        ("rest_api", {"language": "python", "framework": "Flask"}),
        ("rest_api", {"database": "mongodb"}),
        ("library", {"language": "rust"}),
        ("web_app", {"language": "typescript", "framework": "React"}),
        ("static_page", {}),
        ("realtime", {}),
        ("unknown", {}),
    ],
)
def test_what_cannot_be_made_yet_is_said(project_type: ProjectType, values: dict[str, str]) -> None:
    chosen = select(spec(project_type, **values))
    assert chosen.blueprint is None
    assert chosen.reason.startswith("Not yet this stack")
    assert all(reason for _, reason in chosen.alternatives)


def test_a_tool_without_a_command_is_not_begun() -> None:
    chosen = select(spec("cli"))
    assert chosen.blueprint is None
    assert "none of the tool's commands was understood" in chosen.reason


def test_the_users_word_wins() -> None:
    chosen = select(spec("library"), wanted="probe")
    assert chosen.blueprint is not None
    assert chosen.blueprint.name == "probe"
    missing = select(spec(), wanted="nothing")
    assert missing.blueprint is None
    assert "nothing" in missing.reason


def test_names_of_databases_are_recognised_in_any_writing() -> None:
    assert select(spec(database="Postgres", framework="fastapi", language="Python")).blueprint is not None


def folder(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "files" / path).write_text(text)
    return root


def test_placeholders_and_skipping(tmp_path: Path) -> None:
    files = {"src/__package__/__init__.py": "", "src/__package__/__entity__.py.j2": "{{ entity }}", "no.txt": ""}
    rendering = Rendering(
        variables={}, names={"package": "shop"}, each={"entity": [("a", 1), ("b", 2)]}, skip=lambda p: p == "no.txt"
    )
    assert render_folder(folder(tmp_path, files), rendering) == {
        "src/shop/__init__.py": "",
        "src/shop/a.py": "1",
        "src/shop/b.py": "2",
    }


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ missing }}", "UndefinedError"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ things.append(1) }}", "SecurityError"),
        ("{% if %}", "TemplateSyntaxError"),
        ("{% include 'shared/../../manifest.py' %}", "TemplateNotFound"),
    ],
)
def test_a_template_that_fails_is_named(tmp_path: Path, template: str, complaint: str) -> None:
    with pytest.raises(BlueprintError, match=complaint) as caught:
        render_folder(folder(tmp_path, {"x.txt.j2": template}), Rendering({"things": []}))
    assert "x.txt.j2" in str(caught.value)


def test_values_that_leave_the_project_are_refused(tmp_path: Path) -> None:
    root = folder(tmp_path, {"__entity__.txt.j2": ""})
    with pytest.raises(BlueprintError):
        render_folder(root, Rendering({}, each={"entity": [("../../x", 1)]}))


def test_two_templates_with_one_path_are_refused(tmp_path: Path) -> None:
    root = folder(tmp_path, {"__entity__.txt.j2": "", "a.txt": ""})
    with pytest.raises(BlueprintError, match=r"a\.txt"):
        render_folder(root, Rendering({}, each={"entity": [("a", 1)]}))


def test_python_that_does_not_parse_is_refused() -> None:
    from autodev.blueprints.python.formatting import format_python

    with pytest.raises(BlueprintError, match="does not parse"):
        format_python({"a.py": "def (:\n"})
    assert format_python({"a.py": "import os,sys\nprint( sys )\n", "b.txt": "x"}) == {
        "a.py": "import sys\n\nprint(sys)\n",
        "b.txt": "x",
    }
