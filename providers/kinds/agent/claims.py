"""Who says that it is done is believed where the checks are green, and told what they found where they are not."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.contracts.job import Job
from providers.kinds.agent.conversation import Conversation, Heard
from providers.kinds.agent.progress import Progress
from providers.kinds.agent.rounds import as_json, checks_from
from providers.kinds.agent.steps import Json, Steps
from providers.kinds.agent.tools import Toolbox
from providers.kinds.agent.turns import heard
from providers.stuck import Checks

MOST = 3
RED = (
    "You say that it is done, but the checks are red (round {number} of {most}). Repair what they found; what you "
    "cannot repair, say in `left_open`. What the checks found:\n{found}"
)
NOTHING = (
    "You say that it is done, but no file was changed. Where everything that is wanted is there already, say where, "
    "and finish again. Else do it now."
)
UNCHANGED = "No file was changed."


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`accepted`: the work ends. `open` is what the checks still find then."""

    accepted: bool
    open: tuple[str, ...] = ()


class Claims:
    """Judges each time that the model says "done". `wants_change`: a job that is not done by changing nothing."""

    def __init__(self, job: Job, steps: Steps, progress: Progress, conversation: Conversation) -> None:
        self._job, self._steps, self._progress, self._conversation = job, steps, progress, conversation
        self._red = 0
        self._asked_for_change = False

    async def judge(self, number: int) -> Judged:
        """Raises Cancelled, Fenced."""
        told = await self._steps.once(f"claim:{number}", self._look, kind="claim", title=_title)
        for message in told["heard"]:
            self._conversation.add(heard(message))
        if told["heard"]:
            return Judged(accepted=False)
        if told["unchanged"]:
            return self._unchanged()
        checks = checks_from(told["checks"])
        if checks is None or checks.ok:
            return Judged(accepted=True)
        self._progress.measured(checks, told["commit"], found=told["found"])
        self._red += 1
        if self._red >= MOST:
            return Judged(accepted=True, open=(_still_red(checks, told["found"]),))
        text = RED.format(number=self._red, most=MOST, found=told["found"])
        self._conversation.add(Heard(text=text, found=True))
        return Judged(accepted=False)

    def _unchanged(self) -> Judged:
        if self._asked_for_change:
            return Judged(accepted=True, open=(UNCHANGED,))
        self._asked_for_change = True
        self._conversation.add(Heard(text=NOTHING))
        return Judged(accepted=False)

    async def _look(self) -> Json:
        """What people said meanwhile, and what the checks say of the files as they are."""
        said = [{"id": one.id, "text": one.text, "by": one.by} for one in await self._job.ports.steer.messages()]
        unchanged = not await self._differs()
        found, checks = self._progress.found, self._progress.known
        if not said and not unchanged and checks is None:
            self._job.ports.emit("It says that it is done; the checks are run")
            done = await Toolbox(self._job.ports).check()
            found, checks = done.answer, done.checks
        return {
            "heard": said, "unchanged": unchanged, "checks": None if unchanged else as_json(checks), "found": found,
            "commit": self._progress.commit,
        }  # fmt: skip

    async def _differs(self) -> bool:
        """Whether the files are other than the job found them; what was changed and changed back is not."""
        base, commit = self._progress.base, self._progress.commit
        return commit != base and bool((await self._job.ports.workspace.diff(base, commit)).strip())


def _still_red(checks: Checks, found: str) -> str:
    first = checks.first or found.splitlines()[0]
    more = f", {checks.errors} errors in all" if checks.errors > 1 else ""
    return f"The checks are not green{more}: {first}"[:500]


def _title(told: Json) -> str:
    if told["heard"]:
        return "It says that it is done; a message came meanwhile"
    if told["unchanged"]:
        return "It says that it is done, with no file changed"
    checks = told["checks"]
    return "It is done, and the checks are green" if checks and not checks["failure"] else "It is not done: red checks"
