"""How many calls may be under way at a provider at once: found by trying (AIMD), shared fairly between workspaces."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

FIRST, LEAST, MOST = 32.0, 1.0, 512.0
BACK_OFF = 0.8
SLOWED = 3.0  # a first token that takes so many times as long as usual shows a queue at the provider
FAST, SLOW = 0.2, 0.01
STRAINED = 0.3  # a single refusal among good answers is no congestion
KNOWN = 20  # answers before what is usual is known
SETTLING_S = 1.0  # a limit is lowered once for what is one congestion


@dataclass(slots=True)
class Limit:
    """Additive increase, multiplicative decrease. It rises only while it is used, so that an idle time says nothing."""

    now: float = FIRST
    lowered_at: float = float("-inf")
    quick_ms: float | None = None
    usual_ms: float | None = None
    samples: int = 0
    strain: float = 0.0

    def on_success(self, at: float, in_flight: int, first_token_ms: float) -> None:
        self.samples += 1
        self.strain *= 1.0 - FAST
        self.quick_ms = _moved(self.quick_ms, first_token_ms, FAST)
        self.usual_ms = _moved(self.usual_ms, first_token_ms, max(SLOW, 1.0 / self.samples))
        if in_flight >= int(self.now) * 0.8:
            if self.samples >= KNOWN and self.quick_ms > SLOWED * self.usual_ms:
                self._lower(at)
            else:
                self.now = min(MOST, self.now + 1.0 / self.now)

    def on_congestion(self, at: float, in_flight: int) -> None:
        """It said that it has too much (429, 529), with so many under way when the call was sent."""
        self.strain = _moved(self.strain, 1.0, FAST)
        if self.strain > STRAINED:
            self.now = min(self.now, max(LEAST, float(in_flight)))
            self._lower(at)

    def _lower(self, at: float) -> None:
        if at - self.lowered_at >= SETTLING_S:
            self.now = max(LEAST, self.now * BACK_OFF)
            self.lowered_at = at


def _moved(average: float | None, value: float, weight: float) -> float:
    return value if average is None else average + weight * (value - average)


@dataclass(slots=True)
class Lane:
    """The way to one endpoint with one key. Who must wait is let in in turn by workspace, not in the order of coming,
    so that one with a thousand calls does not stand in front of one with two."""

    limit: Limit = field(default_factory=Limit)
    in_flight: int = 0
    by_workspace: Counter[uuid.UUID] = field(default_factory=Counter)
    waiting: OrderedDict[uuid.UUID, deque[tuple[asyncio.Future[None], int | None]]] = field(default_factory=OrderedDict)

    def has_room(self, workspace_id: uuid.UUID, most: int | None) -> bool:
        """`most` is what this workspace allows itself there."""
        return self.in_flight < int(self.limit.now) and (most is None or self.by_workspace[workspace_id] < most)

    def free(self, workspace_id: uuid.UUID, most: int | None) -> bool:
        """Whether one may enter without waiting."""
        return not self.waiting and self.has_room(workspace_id, most)

    def load(self, workspace_id: uuid.UUID, most: int | None) -> float:
        """Calls under way or waiting by the limit that holds; 1.0 is full."""
        queued = sum(len(queue) for queue in self.waiting.values())
        shared = (self.in_flight + queued) / max(1, int(self.limit.now))
        return shared if most is None else max(shared, self.by_workspace[workspace_id] / max(1, most))

    async def enter(self, workspace_id: uuid.UUID, most: int | None, wait_s: float) -> bool:
        """Waits for room, at most `wait_s` seconds; False where none came. Each True is followed by `leave`."""
        if self.free(workspace_id, most):
            self._count(workspace_id)
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self.waiting.setdefault(workspace_id, deque())
        queue.append((turn, most))
        self._admit()  # those before it may wait for what is theirs alone
        try:
            async with asyncio.timeout(wait_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.leave(workspace_id)  # room came at the same moment
            else:
                self._forget(workspace_id, turn)
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def leave(self, workspace_id: uuid.UUID) -> None:
        self.in_flight -= 1
        self.by_workspace[workspace_id] -= 1
        if not self.by_workspace[workspace_id]:
            del self.by_workspace[workspace_id]
        self._admit()

    def _count(self, workspace_id: uuid.UUID) -> None:
        self.in_flight += 1
        self.by_workspace[workspace_id] += 1

    def _admit(self) -> None:
        """Lets in whom there is room for: the next of the workspace whose turn it is, which then stands last."""
        passed_over = 0
        while self.waiting and passed_over < len(self.waiting):
            workspace_id, queue = next(iter(self.waiting.items()))
            turn, most = queue[0]
            self.waiting.move_to_end(workspace_id)
            if not self.has_room(workspace_id, most):
                passed_over += 1
                continue
            passed_over = 0
            queue.popleft()
            if not queue:
                del self.waiting[workspace_id]
            if not turn.done():
                self._count(workspace_id)
                turn.set_result(None)

    def _forget(self, workspace_id: uuid.UUID, turn: asyncio.Future[None]) -> None:
        queue = self.waiting.get(workspace_id, deque())
        kept = deque(entry for entry in queue if entry[0] is not turn)
        if kept:
            self.waiting[workspace_id] = kept
        else:
            self.waiting.pop(workspace_id, None)
        self._admit()
