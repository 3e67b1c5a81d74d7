"""What a program calls its version, asked in the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from autodev.sandbox import Limits, SandboxResult, SandboxSpec, get_backend
from autodev.sandbox.types import MIB
from providers.kinds.base import ProviderFailure

_LIMITS = Limits(wall_s=60, cpu_s=60, memory_bytes=1024 * MIB, output_bytes=64 * 1024)


async def version_of(argv: Sequence[str], layers: Mapping[Path, str], env: Mapping[str, str] | None = None) -> str:
    """The first line that it prints. Raises ProviderFailure where it does not start."""

    def ask() -> SandboxResult:
        spec = SandboxSpec(argv=argv, ro_layers=layers, env=env or {}, limits=_LIMITS)
        return get_backend().run(spec)

    result = await asyncio.to_thread(ask)
    said = result.stdout.strip().splitlines()
    if not result.ok or not said:
        kind = "framework_error" if result.ran else "sandbox_error"
        why = result.stderr.strip()[-500:] or result.reason or "it said nothing"
        raise ProviderFailure(kind, f"{argv[0]} does not start: {why}")
    return said[0]
