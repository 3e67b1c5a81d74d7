"""Which version of a prompt a job is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.contracts.job import Job
from providers import prompts
from providers.prompts import Prompt
from providers.routing.call import ports_or_wired


async def prompt_of(job: Job, name: str) -> Prompt:
    """The version that the job's workspace pins, else the newest. Its `id` goes into `Need.prompt` of every request
    that is made from it. Raises UnknownPrompt."""
    return prompts.get(name, await _settings(job))


async def _settings(job: Job) -> Mapping[str, Any]:
    if job.workspace_id is None:
        return {}
    return (await ports_or_wired(None).live.load(job.workspace_id)).settings
