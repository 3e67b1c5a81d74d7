"""The options that travel with a build, in the words of seeds 003. Every door takes them, and checks them here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from autodev.lib.errors import DomainError
from autodev.lib.invalid import field_errors


class OptionsInvalid(DomainError):
    """Options with a key or a value that is not known; `errors` names each key, as `generation.tests`."""

    code = "options_invalid"
    status = 422
    hint = "docs/configuration.md lists every key with its default."


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResearchOptions(Section):
    """`cache_ttl` and `timeout` in seconds."""

    cache_ttl: int = Field(default=86_400, ge=0)
    max_retries: int = Field(default=3, ge=0, le=10)
    timeout: float = Field(default=30, gt=0)


class GenerationOptions(Section):
    """`default_language` stands in where neither the idea nor a constraint names one (003 says typescript; python until
    every language is here). `style_guide` is recorded for models. `documentation: false` leaves the files of
    `docs/` out of what a blueprint makes; the README stays. The tests are part of the proof and cannot be left out."""

    default_language: str = "python"
    style_guide: str = "airbnb"
    documentation: bool = True
    tests: bool = True

    @field_validator("tests")
    @classmethod
    def _proof_stays(cls, value: bool) -> bool:  # noqa: FBT001 - pydantic gives it by position
        if not value:
            raise ValueError("false is refused: the gate accepts a build only on its tests, so they are always made.")
        return value


class ValidationOptions(Section):
    """`strict_mode` makes lint and types required by the gate; `security_scan` and `performance_check` run those
    rungs."""

    strict_mode: bool = True
    security_scan: bool = True
    performance_check: bool = True


class BuildOptions(Section):
    """`review_spec`: after the idea is understood the build waits until a person approves the Spec. `patience_s`: how
    many seconds work that something can stand in for waits for an outage of all models to pass; without it the
    installation's RECOVERY_PATIENCE_SECONDS holds."""

    research: ResearchOptions = ResearchOptions()
    generation: GenerationOptions = GenerationOptions()
    validation: ValidationOptions = ValidationOptions()
    review_spec: bool = False
    patience_s: int | None = Field(default=None, ge=0, le=30 * 86_400)


def read_options(data: Mapping[str, Any]) -> dict[str, Any]:
    """The options as they travel with a build: what was given, with its types. Raises OptionsInvalid."""
    if "orchestration" in data:
        why = "It shapes the process of the command line and the library; a server has its own settings."
        raise OptionsInvalid(f"orchestration: {why}", errors=[{"field": "orchestration", "message": why}])
    try:
        return BuildOptions.model_validate(dict(data)).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        errors = field_errors(error)
        said = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
        raise OptionsInvalid(said, errors=errors) from error
