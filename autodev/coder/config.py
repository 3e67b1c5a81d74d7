"""`autodev.yaml`: the configuration of seeds 003 with its defaults, checked key by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from autodev.lib.errors import DomainError

CHECKPOINT_INTERVAL_S = 300


class ConfigInvalid(DomainError):
    """The configuration file cannot be read or has a key or value that is not known."""

    code = "config_invalid"
    hint = "docs/configuration.md lists every key with its default."


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResearchConfig(Section):
    """`cache_ttl` and `timeout` in seconds."""

    cache_ttl: int = Field(default=86_400, ge=0)
    max_retries: int = Field(default=3, ge=0, le=10)
    timeout: float = Field(default=30, gt=0)


class GenerationConfig(Section):
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


class ValidationConfig(Section):
    """`strict_mode` makes lint and types required by the gate; `security_scan` and `performance_check` run those
    rungs."""

    strict_mode: bool = True
    security_scan: bool = True
    performance_check: bool = True


class OrchestrationConfig(Section):
    """`parallel_tasks` slots of the engine in this process; `checkpoint_interval` is 300 and nothing else yet: a
    checkpoint is made after each part of the work, not by the clock."""

    parallel_tasks: int = Field(default=4, ge=1, le=64)
    checkpoint_interval: int = CHECKPOINT_INTERVAL_S
    progress_reporting: bool = True

    @field_validator("checkpoint_interval")
    @classmethod
    def _by_part(cls, value: int) -> int:
        if value != CHECKPOINT_INTERVAL_S:
            raise ValueError("cannot be chosen yet: a checkpoint is made after each part of the work.")
        return value


class CoderConfig(Section):
    research: ResearchConfig = ResearchConfig()
    generation: GenerationConfig = GenerationConfig()
    validation: ValidationConfig = ValidationConfig()
    orchestration: OrchestrationConfig = OrchestrationConfig()

    def build_options(self) -> dict[str, Any]:
        """What of the configuration travels with a build."""
        return self.model_dump(mode="json", include={"research", "generation", "validation"})


def load(path: Path | str | None) -> CoderConfig:
    """The configuration at `path`; the defaults for None. Raises ConfigInvalid with the key at fault."""
    if path is None:
        return CoderConfig()
    file = Path(path)
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigInvalid(f"{file}: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{file}: {error}") from error
    if data is None:
        return CoderConfig()
    if not isinstance(data, dict):
        raise ConfigInvalid(f"{file}: a mapping of sections is wanted, not {type(data).__name__}")
    try:
        return CoderConfig.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise ConfigInvalid(f"{file}: {problems}") from error
