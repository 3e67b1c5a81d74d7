"""`autodev.yaml`: the configuration of seeds 003 with its defaults, checked key by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from autodev.contracts.options import BuildOptions, Section
from autodev.lib.errors import DomainError
from autodev.lib.invalid import field_errors


class ConfigInvalid(DomainError):
    """The configuration file cannot be read or has a key or value that is not known."""

    code = "config_invalid"
    hint = "docs/configuration.md lists every key with its default."


class OrchestrationConfig(Section):
    """`parallel_tasks` slots of the engine in this process. A checkpoint is made after each part of the work; while one
    tool of an agent program runs on, one each `checkpoint_interval` seconds."""

    parallel_tasks: int = Field(default=4, ge=1, le=64)
    checkpoint_interval: int = Field(default=300, ge=5, le=86_400)
    progress_reporting: bool = True


class CoderConfig(BuildOptions):
    """What travels with a build, and `orchestration`, which shapes the process it runs in."""

    orchestration: OrchestrationConfig = OrchestrationConfig()

    def build_options(self) -> dict[str, Any]:
        """What of the configuration travels with a build."""
        unset = {"patience_s"} if self.patience_s is None else set()
        return self.model_dump(mode="json", exclude={"orchestration", *unset})


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
        problems = "; ".join(f"{e['field']}: {e['message']}" for e in field_errors(error))
        raise ConfigInvalid(f"{file}: {problems}") from error
