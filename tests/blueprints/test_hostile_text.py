"""The words of a Spec are a stranger's: they arrive as text, and never as code, markup or a path."""

from __future__ import annotations

import ast
import json
import tomllib

import pytest
import yaml

from autodev.blueprints import text
from autodev.blueprints.python.names import attribute, identifier
from autodev.blueprints.render import BlueprintError, contained
from autodev.spec.expr import Compare, Lit, Ref
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec, Spec
from tests.blueprints.conftest import rendered

HOSTILE = [
    "quote \" and ' both",
    '"""; import os; os.system("x")  #',
    "line\nimport os\r\n# more",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "back\\slash\\",
    "\\",
    '\\"""',
    "${{ secrets.TOKEN }} $(id) `id`",
    "<script>alert(1)</script> | [x](javascript:alert(1))",
    "\u202ereversed\u2066 \x00 \x1b[31m",
    "\ud800 lone surrogate",
    'ends with a quote"',
]


@pytest.mark.parametrize("words", HOSTILE)
def test_filters_give_what_cannot_leave_its_place(words: str) -> None:
    assert ast.literal_eval(text.py_str(words)) == words
    doc = ast.parse(f'"""{text.py_doc(words)}"""').body
    assert len(doc) == 1
    assert isinstance(doc[0], ast.Expr)
    assert ast.parse(f"x = 1  # {text.py_comment(words)}").body[0].lineno == 1
    assert len(ast.parse(f"x = 1  # {text.py_comment(words)}").body) == 1
    assert tomllib.loads(f"x = {text.toml_str(words)}")["x"] == text.one_line(words)
    assert yaml.safe_load(f"x: {text.yaml_str(words)}")["x"] == text.one_line(words)
    assert "\n" not in text.md(words)
    assert "<" not in text.md(words).replace("\\<", "")
    shown = text.html(words)
    assert not any(mark in shown for mark in ("<", ">", '"', "{", "}", "\n"))


@pytest.mark.parametrize("words", HOSTILE)
def test_a_service_with_hostile_words_is_valid_code_with_the_words_as_data(words: str) -> None:
    rule = RuleSpec(
        id="positive", family="range", on=["create"], message=words, field="kind",
        require=Compare(op="ne", left=Ref(path="kind"), right=Lit(value=words, type="string")),
    )  # fmt: skip
    entity = EntitySpec(
        name="Thing", plural="things", title="kind", description=words,
        fields=[FieldSpec(name="kind", type="enum", choices=["a", words], help=words)], rules=[rule],
    )  # fmt: skip
    spec = Spec(
        name="x", title=words, idea=words, summary=words, project_type="rest_api", entities=[entity],
    )  # fmt: skip
    files = rendered(spec)
    for path, source in files.items():
        if path.endswith(".py"):
            tree = ast.parse(source, path)
            imported = [a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names]
            assert "os" not in imported
    model = ast.parse(files["app/models/thing.py"])
    assert words in [node.value for node in ast.walk(model) if isinstance(node, ast.Constant)]
    tomllib.loads(files["pyproject.toml"])
    assert json.dumps(sorted(files)) == json.dumps(sorted(rendered(spec.model_copy(update={"title": "plain"}))))
    assert "{{ cycler" in words or "<Cycler" not in "".join(files.values())


@pytest.mark.parametrize("plural", ["../../etc", "a/b", "x; import os", "class X", "", "A"])
def test_a_plural_that_is_no_name_is_refused(plural: str) -> None:
    entity = EntitySpec(name="Thing", plural=plural, title="name", fields=[FieldSpec(name="name", type="string")])
    with pytest.raises(BlueprintError):
        rendered(Spec(name="x", title="x", idea="x", project_type="rest_api", entities=[entity]))


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", ".git/hooks/x", "a\\b", "a\0b", ""])
def test_paths_stay_inside(path: str) -> None:
    with pytest.raises(BlueprintError):
        contained(path)


def test_reserved_names_get_an_underscore() -> None:
    assert attribute("class") == "class_"
    assert attribute("metadata") == "metadata_"
    with pytest.raises(BlueprintError):
        identifier("x-y")
