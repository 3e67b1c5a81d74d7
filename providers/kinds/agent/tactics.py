"""What is done where the work goes in circles: each tactic in words to the model, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autodev.contracts.transcript import StepKind
from providers.failures.redact import redacted
from providers.kinds.agent import digest
from providers.kinds.agent.conversation import Heard
from providers.kinds.agent.progress import Progress
from providers.kinds.agent.steps import Json, Steps
from providers.kinds.agent.turns import Speaker
from providers.kinds.base import ProviderFailure
from providers.stuck import NO_PROGRESS, Change, Observation, Sign, Tactic

ALWAYS = frozenset({Tactic.FRESH})
DO_OTHERWISE = "What you do leads nowhere: {reason} Do something else; do not repeat it."


class Tactics:
    """Looks at each round and changes the way where it leads nowhere. `items` are the parts of the task, in order."""

    def __init__(self, speaker: Speaker, steps: Steps, progress: Progress, items: Sequence[str]) -> None:
        self._speaker, self._steps, self._progress, self._items = speaker, steps, progress, items

    async def look(self, number: int, seen: Observation, provider: str) -> None:
        """Raises ProviderFailure where all that could be tried was tried."""
        stuck = self._progress.judge.saw(seen)
        if stuck is None:
            return

        async def choose() -> Json:
            change = self._progress.judge.tactic_for(stuck, can=await self._can(provider))
            back = self._progress.back if change.tactic == Tactic.BACK_TO_GREEN else ""
            if back:
                await self._speaker.job.ports.workspace.restore(back)
            commit = back or self._progress.commit
            return {**change.as_json(), "commit": commit, "provider": provider, "back": bool(back)}

        told = await self._steps.once(f"tactic:{number}", choose, kind=StepKind.TACTIC, title=_title)
        change = Change.from_json(told)
        self._progress.judge.changed(change)
        self._speaker.job.ports.emit(_title(told))
        if change.tactic is None:
            raise ProviderFailure(
                str(NO_PROGRESS), f"It goes in circles: {redacted(change.reason)}", provider=provider,
                details={"stuck": change.as_json()},
            )  # fmt: skip
        self._apply(change, told)

    def _apply(self, change: Change, told: Mapping[str, object]) -> None:
        words = DO_OTHERWISE.format(reason=change.reason)
        match change.tactic:
            case Tactic.SMALLER:
                one = self._one(change)
                words += f"\nWork on this one thing only, with the smallest change, and look whether it holds:\n{one}"
            case Tactic.OTHER_MODEL:
                self._speaker.avoid = (*self._speaker.avoid, str(told["provider"]))
                words += "\nSomebody else worked on it before you. Look at the files anew before you go on."
            case Tactic.BACK_TO_GREEN:
                self._progress.went_back(str(told["commit"]))
                words += (
                    "\nThe files were put back to the best state that was measured; what was changed since is undone. "
                    "Read them again before you change them, and go another way."
                )
            case _:
                self._afresh()
        self._speaker.conversation.add(Heard(text=words))

    def _afresh(self) -> None:
        conversation = self._speaker.conversation
        lines, found = digest.summary(conversation.items), digest.found_last(conversation.items)
        conversation.items = []
        conversation.add(digest.as_digest(lines))
        if found:
            conversation.add(digest.as_found(found))

    def _one(self, change: Change) -> str:
        checks = self._progress.checks
        if change.sign in {Sign.SAME_FAILURE, Sign.NO_NEW_GREEN} and checks is not None and checks.first:
            return checks.first
        return self._items[0]

    async def _can(self, provider: str) -> frozenset[Tactic]:
        checks = self._progress.checks
        found = set(ALWAYS)
        if len(self._items) > 1 or (checks is not None and checks.errors > 1):
            found.add(Tactic.SMALLER)
        if any(name != provider for name in (await self._speaker.asked()).names):
            found.add(Tactic.OTHER_MODEL)
        if self._progress.back:
            found.add(Tactic.BACK_TO_GREEN)
        return frozenset(found)


def _title(told: Mapping[str, object]) -> str:
    way = str(told["tactic"]).replace("_", " ")
    return f"{told['reason']} {f'Next: {way}.' if way else 'Nothing is left to try.'}"[:200]
