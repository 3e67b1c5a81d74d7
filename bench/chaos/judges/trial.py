"""All judges, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.chaos.effects import Effect
from bench.chaos.judges.ends import done_twice, lost, stuck
from bench.chaos.judges.findings import Broken, Verdict
from bench.chaos.judges.host import orphans
from bench.chaos.judges.invariants import invariants
from bench.chaos.judges.repositories import repositories
from bench.chaos.judges.success import false_success


def judge(
    *,
    accepted: Mapping[str, Sequence[str]],
    effects: Sequence[Effect],
    seen: Iterable[Broken],
    data: Path,
    whole: bool,
    except_pids: frozenset[int] = frozenset(),
    wrong_answers: Sequence[str] = (),
    answers: int = 0,
) -> list[Verdict]:
    """The verdicts on a run that has come to rest. `accepted`: Idempotency-Key → ids that the API gave; `seen`: what
    the watch saw; `whole`: measure every product again as a whole; `wrong_answers`: what the gateway gave as a success
    and was not the models' text, of so many `answers`."""
    noted = list(seen)
    first = [lost(accepted), stuck(), done_twice(effects), false_success(whole=whole)]
    flushed = Broken("I14", "the run", "something was lost or stuck while Redis was emptied and stopped")
    spoiled = [flushed] if any(not verdict.kept for verdict in first[:2]) else []
    return [
        *first,
        *invariants(noted),
        orphans(data, except_pids=except_pids),
        repositories(),
        Verdict(
            "answers",
            "No model's broken answer passes for a whole one",
            answers,
            [Broken("answers", "the gateway", repr(text)) for text in wrong_answers],
        ),
        Verdict("I14", "Redis carries nothing that matters", len(accepted), spoiled),
    ]
