"""What AutonomousCoder does with software that is there: changes in words, and repositories from elsewhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from autodev.coder.config import CoderConfig, load
from autodev.coder.local import here
from autodev.coder.run import LocalRun, drive_run
from autodev.coder.steering import Steering
from autodev.coder.types import BuildResult, Progress

OnProgress = Callable[[Progress], None]


class Changes(Steering):
    """`config` is the path of an `autodev.yaml`. Raises ConfigInvalid for a configuration that is not understood."""

    def __init__(self, config: str | Path | None = None) -> None:
        self.config = load(config)

    def change(
        self,
        build_id: uuid.UUID | str,
        text: str,
        *,
        merge: bool = False,
        deadline: dt.datetime | None = None,
        budget: Decimal | float | None = None,
        output_path: str | Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> BuildResult:
        """Changes what a build delivered, on a branch, and waits; the result says whether every requirement, old and
        new, is met. `merge`: where it is green, the project's main line becomes it. Raises BuildNotFound, EmptyIdea,
        HarmfulIdea, WrongState."""

        def make(config: CoderConfig) -> uuid.UUID:
            from autodev.coder import changing  # noqa: PLC0415 - models can be imported only now

            return changing.start(
                _key(build_id), text, config, merge=merge, deadline=deadline,
                budget=None if budget is None else Decimal(str(budget)),
            )  # fmt: skip

        return self._made(make, output_path, on_progress)

    def undo(
        self,
        build_id: uuid.UUID | str,
        *,
        merge: bool = False,
        output_path: str | Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> BuildResult:
        """Takes a merged change out of the main line again, as a change of its own. Raises WrongState for one that is
        not merged."""

        def make(config: CoderConfig) -> uuid.UUID:
            from autodev.coder import changing  # noqa: PLC0415 - models can be imported only now

            return changing.undo(_key(build_id), merge=merge)

        return self._made(make, output_path, on_progress)

    def import_repository(
        self,
        source: str | Path,
        *,
        branch: str = "",
        name: str = "",
        output_path: str | Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> BuildResult:
        """Takes a repository in (an https address, a folder, a bundle, a zip) and measures it by its own tests; then it
        can be changed. Raises ImportRefused."""

        def make(config: CoderConfig) -> uuid.UUID:
            from autodev.coder import changing  # noqa: PLC0415 - models can be imported only now

            return changing.take_in(source, config, branch=branch, name=name)

        return self._made(make, output_path, on_progress)

    def merge(
        self,
        build_id: uuid.UUID | str,
        *,
        accept_degraded: bool = False,
        output_path: str | Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> BuildResult:
        """Merges a change into its project's main line. Where that went on since, both are proved together first.
        Raises ChangeConflict, WrongState."""

        def first(key: uuid.UUID) -> None:
            from autodev.coder import changing  # noqa: PLC0415 - models can be imported only now

            changing.merge(key, accept_degraded=accept_degraded)

        path = None if output_path is None else Path(output_path)
        return drive_run(
            LocalRun(None, self.config, build_id=_key(build_id), output_path=path, first=first), on_progress
        )

    def discard(self, build_id: uuid.UUID | str) -> None:
        """Keeps a change out of the main line for good. Raises WrongState for one that is merged or runs."""

        def apply() -> None:
            from autodev.coder import changing  # noqa: PLC0415 - models can be imported only now

            changing.discard(_key(build_id))

        here(apply)

    def _made(
        self,
        make: Callable[[CoderConfig], uuid.UUID],
        output_path: str | Path | None,
        on_progress: OnProgress | None,
    ) -> BuildResult:
        path = None if output_path is None else Path(output_path)
        return drive_run(LocalRun(None, self.config, output_path=path, make=make), on_progress)


def _key(build_id: uuid.UUID | str) -> uuid.UUID:
    return uuid.UUID(str(build_id))
