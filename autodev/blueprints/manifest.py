"""The manifest of a blueprint: what it makes, from what, and how its output is started and judged.

`blueprint.yaml` in the blueprint's folder holds it; unknown keys are refused with the file and the key.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from autodev.spec.schema import ProjectType

# What AutoDev makes, installs and tests is Python; the others are recognised in imported repositories.
Language = Literal["python", "javascript", "go", "rust", "java", "other"]


class ManifestPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirements(ManifestPart):
    """Requirement strings without pins (`sqlalchemy`, `psycopg[binary]`); research pins them."""

    runtime: list[str] = []
    dev: list[str] = []
    by_database: dict[str, list[str]] = {}


class RunPlan(ManifestPart):
    """How the output is started for the smoke run and the acceptance checks. `{port}` in `argv` and `env` is the port
    on the sandbox's loopback; `{data}` a writable directory. `prepare` commands (migrations) run first, with `env`."""

    argv: list[str]
    env: dict[str, str] = {}
    prepare: list[list[str]] = []
    health_path: str
    openapi_path: str | None = None
    startup_s: float = 20.0

    @property
    def patience_s(self) -> float:
        """How long a start is waited for, in seconds. A busy machine makes it slower than the manifest expects; that is
        no fault of the project."""
        return 3 * self.startup_s


class Manifest(ManifestPart):
    """`source` is the package whose coverage counts and that mypy checks; `cli` the argv of a command-line product."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    title: str
    summary: str
    version: str = "1"
    language: Language
    framework: str
    project_types: list[ProjectType]
    databases: list[str] = []
    dialect: Literal["rest_json", "html_forms", "cli"] | None = None
    requirements: Requirements = Requirements()
    python: str = ">=3.11"
    source: str
    tests: str = "tests"
    run: RunPlan | None = None
    cli: list[str] | None = None
    hidden: bool = False
