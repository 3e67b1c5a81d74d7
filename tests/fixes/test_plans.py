"""What each fixer plans, from findings and text alone."""

from __future__ import annotations

import pytest

from projects.checks.types import FindingData
from projects.fixes.python.annotations import FIXER as ANNOTATIONS
from projects.fixes.python.formatting import FIXER as FORMATTING
from projects.fixes.python.merge_markers import FIXER as MERGE_MARKERS
from projects.fixes.python.missing_dependency import FIXER as MISSING_DEPENDENCY
from projects.fixes.python.missing_dependency import add_dependencies, packages
from projects.fixes.python.missing_import import FIXER as MISSING_IMPORT
from projects.fixes.python.missing_import import add_imports, import_lines
from projects.fixes.python.missing_init import FIXER as MISSING_INIT
from projects.fixes.python.ruff_fixes import FIXER as RUFF_FIXES
from projects.fixes.python.syntax_trifles import FIXER as SYNTAX_TRIFLES
from projects.fixes.types import Fix, Fixer
from tests.fixes.conftest import TextFiles, report

ALL: list[Fixer] = [
    ANNOTATIONS, FORMATTING, MERGE_MARKERS, MISSING_DEPENDENCY, MISSING_IMPORT, MISSING_INIT, RUFF_FIXES,
    SYNTAX_TRIFLES,
]  # fmt: skip
pytestmark = pytest.mark.feature("F1.12")


def syntax(message: str, line: int) -> FindingData:
    return FindingData(rule="syntax", message=message, file="a.py", line=line)


def edited(fix: Fix | None, path: str = "a.py") -> str:
    assert fix is not None
    return fix.edits[path]


@pytest.mark.parametrize("fixer", ALL, ids=lambda f: f.key)
def test_nothing_is_planned_where_nothing_is_known(fixer: Fixer) -> None:
    assert (
        fixer.plan(report(FindingData(rule="odd", message="odd", file="a.py", line=1)), TextFiles({"a.py": "x"}))
        is None
    )
    assert fixer.plan(report(rung="parse", status="passed"), TextFiles()) is None


def test_the_first_side_of_a_conflict_stays() -> None:
    text = "a = 1\n<<<<<<< ours\nb = 2\n=======\nb = 3\n>>>>>>> theirs\nc = 4\n"
    fix = MERGE_MARKERS.plan(report(syntax("invalid syntax", 2), rung="parse"), TextFiles({"a.py": text}))
    assert edited(fix) == "a = 1\nb = 2\nc = 4\n"


def test_the_base_of_a_three_way_conflict_goes() -> None:
    text = "<<<<<<< ours\nb = 2\n||||||| base\nb = 1\n=======\nb = 3\n>>>>>>> theirs\n"
    fix = MERGE_MARKERS.plan(report(syntax("invalid syntax", 1), rung="parse"), TextFiles({"a.py": text}))
    assert edited(fix) == "b = 2\n"


@pytest.mark.parametrize(
    ("message", "line", "text", "expected"),
    [
        ("expected ':'", 1, "def f()\n    pass\n", "def f():\n    pass\n"),
        ("expected ':'", 1, "if x  # why\n    pass\n", "if x:  # why\n    pass\n"),
        ("inconsistent use of tabs and spaces in indentation", 3, "if x:\n    a\n\tb\n", "if x:\n    a\n    b\n"),
        ("invalid character '“' (U+201C)", 1, "a = “x”\n", 'a = "x"\n'),
        ("invalid non-printable character U+00A0", 1, "a =\u00a01\n", "a = 1\n"),
    ],
)
def test_small_slips_of_syntax(message: str, line: int, text: str, expected: str) -> None:
    assert (
        edited(SYNTAX_TRIFLES.plan(report(syntax(message, line), rung="parse"), TextFiles({"a.py": text}))) == expected
    )


@pytest.mark.parametrize("line", [0, 9])
def test_a_slip_at_a_line_that_is_not_there(line: int) -> None:
    files = TextFiles({"a.py": "x\n"})
    assert SYNTAX_TRIFLES.plan(report(syntax("expected ':'", line), rung="parse"), files) is None


@pytest.mark.parametrize(
    "words", ["ModuleNotFoundError: No module named 'shop.parts.price'", "No module named 'shop.parts'"]
)
def test_folders_of_modules_become_packages(words: str) -> None:
    files = TextFiles({"shop/__init__.py": "", "shop/parts/price.py": "x = 1\n"})
    fix = MISSING_INIT.plan(report(FindingData(rule="test.error", message=words)), files)
    assert fix is not None
    assert dict(fix.edits) == {"shop/parts/__init__.py": ""}


def missing(name: str) -> FindingData:
    return FindingData(rule="test.error", message=f"ModuleNotFoundError: No module named '{name}'")


def test_a_known_package_is_required() -> None:
    pyproject = '[project]\nname = "x"\ndependencies = [\n    "fastapi",\n]\n'
    fix = MISSING_DEPENDENCY.plan(report(missing("yaml"), missing("jwt.api")), TextFiles({"pyproject.toml": pyproject}))
    assert fix is not None
    assert fix.requirements == ("pyjwt", "pyyaml")
    assert edited(fix, "pyproject.toml") == pyproject.replace("[\n", '[\n    "pyjwt",\n    "pyyaml",\n', 1)


def test_mypy_names_a_missing_package_too() -> None:
    words = 'Cannot find implementation or library stub for module named "httpx"'
    fix = MISSING_DEPENDENCY.plan(report(FindingData(rule="import-not-found", message=words)), TextFiles())
    assert fix is not None
    assert (fix.requirements, dict(fix.edits)) == (("httpx",), {})


@pytest.mark.parametrize("name", ["reqeusts", "json", "counter", "counter.store", "single"])
def test_what_is_unknown_standard_or_local_is_not_required(name: str) -> None:
    files = TextFiles({"counter/store.py": "", "single.py": ""})
    assert MISSING_DEPENDENCY.plan(report(missing(name)), files) is None


def test_a_listed_package_is_not_listed_twice() -> None:
    listed = '[project]\ndependencies = [\n    "httpx>=0.28",\n]\n'
    assert add_dependencies(listed, ("httpx",)) == listed
    assert add_dependencies("[project]\n", ("httpx",)) == "[project]\n"


def test_the_shipped_lists_are_whole() -> None:
    assert all(name.isidentifier() for name in packages())
    assert all(line.split()[-1] == name for name, line in import_lines().items())


@pytest.mark.parametrize(
    ("rule", "message"), [("F821", "Undefined name `Path`"), ("name-defined", 'Name "Path" is not defined')]
)
def test_an_undefined_name_is_imported(rule: str, message: str) -> None:
    text = '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\np = Path(os.curdir)\n'
    fix = MISSING_IMPORT.plan(
        report(FindingData(rule=rule, message=message, file="a.py", line=7)), TextFiles({"a.py": text})
    )
    assert edited(fix) == text.replace("import os\n", "from pathlib import Path\nimport os\n")


def test_an_import_goes_behind_the_head_of_the_module() -> None:
    assert add_imports("x = 1\n", ["import os"]) == "import os\nx = 1\n"
    assert add_imports('"""One\ntwo\n"""\n\nx = 1\n', ["import os"]) == '"""One\ntwo\n"""\n\nimport os\nx = 1\n'
    assert add_imports("# note\n'''Doc.'''\nx = 1\n", ["import os"]) == "# note\n'''Doc.'''\nimport os\nx = 1\n"


def test_functions_that_return_nothing_say_so() -> None:
    text = "def f(a: int):  # why\n    print(a)\n\n\ndef g(\n    a: int,\n):\n    pass\n"
    hint = 'Use "-> None" if function does not return a value'
    findings = [
        FindingData(rule="no-untyped-def", message="Function is missing a return type", file="a.py", line=n, hint=hint)
        for n in (1, 5)
    ]
    fix = ANNOTATIONS.plan(report(*findings), TextFiles({"a.py": text}))
    assert edited(fix) == text.replace("def f(a: int):", "def f(a: int) -> None:")


def test_a_function_of_which_mypy_does_not_say_that_it_returns_nothing_stays() -> None:
    finding = FindingData(rule="no-untyped-def", message="missing annotation", file="a.py", line=1, hint="Annotate it.")
    assert ANNOTATIONS.plan(report(finding), TextFiles({"a.py": "def f(a):\n    return a\n"})) is None


def test_ruff_is_given_the_files_and_rules_that_are_red() -> None:
    findings = [FindingData(rule=r, message="m", file=f, line=1) for r, f in (("F401", "b.py"), ("I001", "a.py"))]
    findings.append(FindingData(rule="format", message="m", file="c.py", line=1))
    fix = RUFF_FIXES.plan(report(*findings, rung="lint"), TextFiles())
    assert fix is not None
    assert fix.tool is not None
    assert (fix.tool.program, fix.tool.paths, fix.tool.arguments[-1]) == ("ruff", ("a.py", "b.py"), "F401,I001")


def test_only_unformatted_files_are_formatted_again() -> None:
    finding = FindingData(rule="format", message="m", file="c.py", line=1)
    first = FORMATTING.plan(report(finding, rung="lint"), TextFiles({"c.py": "x  = 1\n"}))
    second = FORMATTING.plan(report(finding, rung="lint"), TextFiles({"c.py": "x   = 1\n"}))
    assert first is not None
    assert second is not None
    assert first.tool is not None
    assert first.tool.paths == ("c.py",)
    assert first.fingerprint != second.fingerprint


def test_a_fingerprint_is_that_of_the_change() -> None:
    one = Fix(fixer="f", title="t", edits={"a": "1", "b": "2"})
    assert one.fingerprint == Fix(fixer="f", title="other words", edits={"b": "2", "a": "1"}).fingerprint
    assert one.fingerprint != Fix(fixer="f", title="t", edits={"a": "1", "b": "3"}).fingerprint
    assert one.fingerprint != Fix(fixer="f", title="t", edits=one.edits, requirements=("x",)).fingerprint
