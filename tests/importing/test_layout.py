"""How a repository is tested, read from its files by convention; nothing of it is run."""

from __future__ import annotations

import pytest

from projects.importing.layout import Layout, layout_of
from projects.importing.manifest import manifest_of_layout
from projects.importing.requirements import required_by

PYPROJECT = """
[project]
name = "my-app"
requires-python = ">=3.12"
dependencies = ["httpx>=0.27", "rich"]
[project.optional-dependencies]
test = ["pytest>=8", "my-app[extra]"]
docs = ["sphinx"]
[dependency-groups]
dev = ["mypy", {include-group = "test"}]
"""


def layout(files: dict[str, str]) -> Layout:
    return layout_of(sorted(files), lambda path: files.get(path, ""))


@pytest.mark.feature("F1.13")
def test_a_modern_project() -> None:
    found = layout({
        "pyproject.toml": PYPROJECT, "src/my_app/__init__.py": "", "src/my_app/core.py": "", "tests/test_core.py": "",
    })  # fmt: skip
    assert found.language == "python"
    assert set(found.requirements) == {"httpx>=0.27", "rich", "pytest>=8", "mypy"}
    assert (found.source, found.tests, found.python) == ("src/my_app", "tests", ">=3.12")
    manifest = manifest_of_layout(found, title="My app")
    assert (manifest.source, manifest.tests, manifest.dialect) == ("src/my_app", "tests", None)


def test_requirements_files_include_each_other_and_name_no_places() -> None:
    files = {
        "requirements.txt": "flask==3.0  # web\n-r requirements/extra.txt\n--index-url https://x\n-e .\n",
        "requirements/extra.txt": "-r ../requirements.txt\n-r base.txt\n",
        "requirements/base.txt": "click>=8 ; python_version >= '3.8'\n",
        "requirements-dev.txt": "-e git+https://example.com/x.git#egg=x\nhttps://example.com/y.whl\n-c pins.txt\n!!\n",
    }
    found = required_by(sorted(files), lambda path: files[path])
    assert set(found.requirements) == {"flask==3.0", 'click>=8; python_version >= "3.8"', "pytest"}
    assert "git+https" in found.notes[0]
    assert "!!" in found.notes[0]


def test_poetry_setup_cfg_and_setup_py() -> None:
    files = {
        "pyproject.toml": '[tool.poetry]\nname="p"\n[tool.poetry.dependencies]\npython="^3.11"\nrequests="^2.31"\n'
        'attrs="*"\nx={git="https://e"}\n[tool.poetry.group.dev.dependencies]\nblack="24.1"\n',
        "setup.cfg": "[options]\ninstall_requires =\n  django>=5\n[options.extras_require]\ntest =\n  pytest-cov\n",
        "setup.py": "from setuptools import setup\nsetup(install_requires=['six'], extras_require={'dev': ['tox']},"
        " tests_require=open('x').read())\nimport os; os.system('false')\n",
    }
    found = required_by(sorted(files), lambda path: files[path])
    assert set(found.requirements) == {
        "requests>=2.31", "attrs", "black==24.1", "django>=5", "pytest-cov", "six", "tox", "pytest",
    }  # fmt: skip
    assert "x" in found.notes[0]
    assert "tests_require" in found.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "setup(extras_require={'test': None})",
        "setup(install_requires={[]: 1})",
        "setup(extras_require={'dev': 5}, install_requires=7)",
        "x = " + "-" * 100_000 + "1",
    ],
)
def test_what_stands_oddly_in_a_setup_is_left(text: str) -> None:
    toml = "[dependency-groups]\ndev = 5\n"
    found = layout({"setup.py": text, "pyproject.toml": toml, "requirements.txt": "click\n"})
    assert set(found.requirements) == {"click", "pytest"}


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "setup.py"])
def test_files_that_cannot_be_read_are_said(name: str) -> None:
    found = required_by([name], lambda path: "[[[(")
    assert found.requirements == ["pytest"]
    assert name in found.notes[0]


@pytest.mark.feature("F1.13")
@pytest.mark.parametrize(
    ("file", "language", "command"),
    [
        ("package.json", "javascript", "npm test"),
        ("go.mod", "go", "go test ./..."),
        ("Cargo.toml", "rust", "cargo test"),
        ("pom.xml", "java", "mvn test"),
        ("build.gradle.kts", "java", "gradle test"),
    ],
)
def test_other_languages_are_recognised_and_said_to_be_so(file: str, language: str, command: str) -> None:
    found = layout({file: "{}", "README.md": ""})
    assert (found.language, found.command) == (language, command)
    assert "cannot be run here yet" in found.notes[0]
    assert manifest_of_layout(found, title="x").language == language


def test_nothing_known_and_no_tests() -> None:
    assert layout({"README.md": ""}).language == "other"
    found = layout({"app.py": "", "lib/__init__.py": "", "docs/__init__.py": ""})
    assert found.tests == ""
    assert found.source == "lib"
    assert "No test was found" in found.notes[-1]


@pytest.mark.parametrize(
    ("paths", "tests"),
    [
        (["test_app.py", "app.py"], "."),
        (["test/test_a.py", "test/test_b.py"], "test"),
        (["app/tests/test_a.py", "tests/test_b.py"], "."),
        (["pkg/a_test.py"], "."),
    ],
)
def test_where_tests_lie(paths: list[str], tests: str) -> None:
    assert layout(dict.fromkeys(paths, "")).tests == tests


def test_the_package_that_the_project_is_named_after_is_the_source() -> None:
    files = {"pyproject.toml": '[project]\nname="my-app"\n', "my_app/__init__.py": "", "other/__init__.py": ""}
    assert layout(files).source == "my_app"
    assert layout({"a/__init__.py": "", "b/__init__.py": ""}).source == "."
    assert layout({"pyproject.toml": "project = 3", "a.py": ""}).python == ">=3.11"
