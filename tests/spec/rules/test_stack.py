"""Project type, language, framework and database."""

from __future__ import annotations

import pytest

from autodev.spec.rules import analyse


@pytest.mark.parametrize(
    ("text", "project_type", "language", "framework", "database"),
    [
        ("Create a REST API for todos", "rest_api", None, None, None),
        ("A todo app with Django", "web_app", "python", "django", None),
        ("A REST API for todos with Django", "rest_api", "python", "django", None),
        ("A todo API with FastAPI and PostgreSQL", "rest_api", "python", "fastapi", "postgresql"),
        ("A command line tool in Python that converts CSV to JSON", "cli", "python", None, None),
        ("A CLI in Rust that counts words of a file", "cli", "rust", None, None),
        ("A todo service in Go", None, "go", None, None),
        ("A todo website", "web_app", None, None, None),
        ("A todo web app in TypeScript with Next.js", "web_app", "typescript", "nextjs", None),
        ("An Express API for todos on MongoDB", "rest_api", "javascript", "express", "mongodb"),
        ("Spring Boot backend for todos", "rest_api", "java", "spring-boot", None),
        ("A todo app in Kotlin", None, "kotlin", None, None),
        ("A chat server with WebSockets", "realtime", None, None, None),
        ("A web page that converts miles to kilometres", "static_page", None, None, None),
        ("A password generator website", "static_page", None, None, None),
        ("A Python library that parses dates", "library", "python", None, None),
        ("A todo app in C#", None, "csharp", None, None),
        ("A todo API, not with Django but with Flask", "rest_api", "python", "flask", None),
    ],
)
def test_words(
    text: str, project_type: str | None, language: str | None, framework: str | None, database: str | None
) -> None:
    spec = analyse(text)
    assert spec.project_type == (project_type or "rest_api")
    assert (spec.language, spec.framework, spec.database) == (language, framework, database)


def test_a_constraint_wins_and_the_conflict_is_noted() -> None:
    spec = analyse(
        "A todo app with Django and SQLite",
        constraints={"framework": "FastAPI", "database": "postgresql", "project_type": "rest_api"},
    )
    assert (spec.project_type, spec.language, spec.framework, spec.database) == (
        "rest_api",
        "python",
        "fastapi",
        "postgresql",
    )
    assert any("framework = fastapi wins over django" in text for text in spec.assumptions)
    assert spec.constraints == {"framework": "FastAPI", "database": "postgresql", "project_type": "rest_api"}


def test_two_frameworks_are_noted() -> None:
    spec = analyse("A todo app with Django and Flask")
    assert spec.framework == "django"
    assert any("more than one framework" in text for text in spec.assumptions)


def test_a_framework_constraint_says_the_kind_of_product() -> None:
    assert analyse("A todo app", constraints={"framework": "django"}).project_type == "web_app"


def test_words_that_fit_two_kinds_are_noted() -> None:
    spec = analyse("A todo REST API with a dashboard")
    assert spec.project_type == "rest_api"
    assert any("also fit a web application" in text for text in spec.assumptions)


@pytest.mark.parametrize(
    "text",
    [
        "A diary to express yourself",
        "A spring cleaning todo app",
        "A todo app to react to events",
        "An app to go shopping: todos",
        "Track rust on cars: a todo app",
    ],
)
def test_ordinary_words_are_no_stack(text: str) -> None:
    spec = analyse(text)
    assert (spec.language, spec.framework) == (None, None)


def test_preferences_are_kept() -> None:
    assert analyse("A todo app", preferences={"testing": "playwright"}).preferences == {"testing": "playwright"}


def test_a_constraint_that_is_no_text_is_left_alone() -> None:
    assert analyse("A todo app with Django", constraints={"framework": 7, "language": ""}).framework == "django"
