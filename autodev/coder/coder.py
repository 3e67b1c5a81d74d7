"""AutonomousCoder: `build(...)` and `async for progress in build_with_progress(...)`, as in seeds 003."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from autodev.coder.changes import Changes
from autodev.coder.run import LocalRun, drive_run
from autodev.coder.steering import again_from, back_to
from autodev.coder.types import BuildRequest, BuildResult, Progress


class AutonomousCoder(Changes):
    """Builds software from a description, on this machine, with no server. `config` is the path of an `autodev.yaml`.

    Raises ConfigInvalid for a configuration that is not understood.
    """

    def build(
        self,
        description: str,
        *,
        constraints: dict[str, Any] | None = None,
        preferences: dict[str, Any] | None = None,
        deadline: dt.datetime | None = None,
        output_path: str | Path | None = None,
        budget: Decimal | float | None = None,
        blueprint: str | None = None,
        review_spec: bool = False,
        patience_s: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> BuildResult:
        """Builds and waits. The arguments are those of `BuildRequest`; with `review_spec` it waits after the idea was
        understood until another thread or process calls `approve`. Ctrl-C cancels the build, keeps what is done and
        raises KeyboardInterrupt. Raises DomainError for a request that cannot be started (output path in use, a
        harmful idea)."""
        request = _request(
            description, constraints, preferences, deadline, output_path, budget, blueprint, review_spec,
            patience_s=patience_s,
        )  # fmt: skip
        return self.run(request, on_progress=on_progress)

    def run(self, request: BuildRequest, *, on_progress: Callable[[Progress], None] | None = None) -> BuildResult:
        """The same for a ready BuildRequest."""
        return drive_run(LocalRun(request, self.config), on_progress)

    def resume(
        self,
        build_id: uuid.UUID | str,
        *,
        output_path: Path | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> BuildResult:
        """Goes on with a build that was interrupted or paused; one that has ended is delivered again. Raises
        BuildNotFound
        for an id that is not here."""
        return drive_run(
            LocalRun(None, self.config, build_id=uuid.UUID(str(build_id)), output_path=output_path), on_progress
        )

    def rollback(
        self,
        build_id: uuid.UUID | str,
        checkpoint: str,
        *,
        output_path: Path | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> BuildResult:
        """Takes the build back to a checkpoint (its id, or its commit) and runs it to its end from there. Raises
        NotFound for what is no checkpoint, WrongState."""
        run = LocalRun(
            None, self.config, build_id=uuid.UUID(str(build_id)), output_path=output_path, first=back_to(checkpoint)
        )
        return drive_run(run, on_progress)

    def replay(
        self,
        build_id: uuid.UUID | str,
        start: str = "",
        *,
        output_path: Path | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> BuildResult:
        """Runs the build again from a task (its key) or a step (its id), or from the beginning. Raises NoSuchStep,
        WrongState."""
        run = LocalRun(
            None, self.config, build_id=uuid.UUID(str(build_id)), output_path=output_path, first=again_from(start)
        )
        return drive_run(run, on_progress)

    async def build_with_progress(
        self,
        description: str,
        *,
        constraints: dict[str, Any] | None = None,
        preferences: dict[str, Any] | None = None,
        deadline: dt.datetime | None = None,
        output_path: str | Path | None = None,
        budget: Decimal | float | None = None,
        blueprint: str | None = None,
        review_spec: bool = False,
        patience_s: int | None = None,
    ) -> AsyncIterator[Progress]:
        """The same as a stream: each Progress as it comes, the last one with its `result`. Closing the stream cancels
        the build."""
        request = _request(
            description, constraints, preferences, deadline, output_path, budget, blueprint, review_spec,
            patience_s=patience_s,
        )  # fmt: skip
        run = LocalRun(request, self.config)
        run.start()
        done = False
        try:
            while (progress := await asyncio.to_thread(run.next)) is not None:
                yield progress
            done = True
        finally:
            if not done:
                run.cancel()
                await asyncio.shield(asyncio.to_thread(run.finish))
        run.result()


def _request(
    description: str,
    constraints: dict[str, Any] | None,
    preferences: dict[str, Any] | None,
    deadline: dt.datetime | None,
    output_path: str | Path | None,
    budget: Decimal | float | None,
    blueprint: str | None,
    review_spec: bool,  # noqa: FBT001 - the arguments of `build` in their order
    *,
    patience_s: int | None,
) -> BuildRequest:
    return BuildRequest(
        description=description,
        constraints=constraints,
        preferences=preferences,
        deadline=deadline,
        output_path=None if output_path is None else Path(output_path),
        budget_usd=None if budget is None else Decimal(str(budget)),
        blueprint=blueprint,
        review_spec=review_spec,
        patience_s=patience_s,
    )
