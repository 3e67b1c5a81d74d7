"""The catalogue of faults: how often each comes, how long it lasts, and which of them exclude each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`weight`: its share of all faults. `lasts_s`: shortest and longest, in seconds; (0, 0) is a moment. Two faults of
    one `resource` never overlap. `choices`: parameter → what it is drawn from."""

    name: str
    weight: int
    lasts_s: tuple[float, float] = (0.0, 0.0)
    resource: str = ""
    choices: Mapping[str, Sequence[object]] = field(default_factory=dict)


BOUNDARIES = (
    "claim.after@1", "claim.after@3", "workspace.after_checkout@1", "journal.before_call@1", "journal.after_call@1",
    "journal.after_call@3", "journal.after_commit@2", "snapshot.after_objects@1", "snapshot.after_row@1",
    "snapshot.after_ref@1", "finish.before@1", "finish.before@2", "finish.after@1", "finish.after@2",
    "write.before_commit@2", "write.before_commit@9", "write.after_commit@3", "write.after_commit@8", "lease.renew@1",
)  # fmt: skip
RAISED = (
    "write.before_commit=raise@0.03", "write.after_commit=raise@0.03", "finish.before=raise@0.2",
    "finish.after=raise@0.2", "claim.after=raise@0.2", "journal.after_commit=raise@0.1", "lease.renew=raise@0.5",
)  # fmt: skip
FROZEN = ("finish.before@1", "write.before_commit@3", "journal.after_call@1", "snapshot.after_objects@1")
# Of the lab's faults those that a model call can meet; the names are the lab's.
PROVIDER_FAULTS = (
    "429; retry_after_s=2", "429; retry_after_s=2; form=date", "429", "quota; retry_after_s=3", "billing",
    "authentication", "permission", "model_not_found", "context", "content_policy", "internal", "bad_gateway",
    "unavailable", "gateway_timeout", "overloaded", "hang", "hang_first_token", "refused", "reset", "disconnect",
    "malformed", "html", "empty_body", "empty_choices", "stream_reset", "stream_cut", "stream_hang", "stream_close",
    "malformed_chunk", "no_finish",
)  # fmt: skip
UPSTREAMS = ("a", "b", "both")


def provider(fault: str) -> Kind:
    """A period in which an upstream of the lab has this fault."""
    word = fault.replace("; ", ",").replace("retry_after_s", "after")
    choices = {"fault": (fault,), "upstream": UPSTREAMS}
    return Kind(name=f"provider.{word}", weight=3, lasts_s=(3.0, 12.0), choices=choices)


KINDS: tuple[Kind, ...] = (
    Kind(name="worker.kill9", weight=30),
    Kind(name="worker.pause", weight=20, lasts_s=(2.0, 8.0)),
    Kind(name="worker.freeze", weight=6, lasts_s=(36.0, 44.0), resource="frozen"),
    Kind(name="worker.deploy", weight=18),
    Kind(name="worker.clock_jump", weight=6, choices={"seconds": (-300, 300)}),
    Kind(name="failpoint.kill9", weight=38, choices={"boundary": BOUNDARIES}),
    Kind(name="failpoint.raise", weight=14, choices={"faults": RAISED}),
    Kind(name="failpoint.freeze", weight=4, lasts_s=(36.0, 44.0), resource="frozen", choices={"boundary": FROZEN}),
    Kind(name="sandbox.kill9", weight=22),
    Kind(name="web.kill9", weight=16, resource="web"),
    Kind(name="web.pause", weight=8, lasts_s=(1.0, 5.0), resource="web"),
    Kind(name="gateway.kill9", weight=10),
    Kind(name="beat.kill9", weight=14),
    Kind(name="beat.second", weight=6, lasts_s=(5.0, 12.0), resource="beat"),
    Kind(name="sweeper.second", weight=8, lasts_s=(4.0, 10.0)),
    Kind(name="sweeper.kill9", weight=12, lasts_s=(1.5, 5.0)),
    Kind(name="redis.flush", weight=30, resource="redis"),
    Kind(name="redis.kill9", weight=12, lasts_s=(0.5, 4.0), resource="redis"),
    Kind(name="redis.stop", weight=8, lasts_s=(3.0, 10.0), resource="redis"),
    Kind(name="redis.pause", weight=8, lasts_s=(2.0, 8.0), resource="redis"),
    Kind(name="postgres.restart", weight=10, lasts_s=(0.5, 4.0), resource="postgres"),
    Kind(name="postgres.pause", weight=8, lasts_s=(1.0, 6.0), resource="postgres"),
    Kind(name="postgres.backend_kill9", weight=6, resource="postgres"),
    Kind(name="postgres.terminate", weight=25, resource="postgres"),
    Kind(name="postgres.lock", weight=14, lasts_s=(1.0, 6.0), resource="postgres"),
    Kind(name="bells.duplicated", weight=30),
    Kind(name="bells.thousand", weight=6),
    Kind(name="bells.reordered", weight=18),
    Kind(name="bells.none", weight=8, lasts_s=(4.0, 12.0), resource="bells"),
    Kind(name="ticks.duplicated", weight=14),
    Kind(name="git.lock", weight=12, choices={"which": ("build", "task", "packed-refs", "HEAD")}),
    Kind(name="git.ref_moved", weight=10),
    Kind(name="git.ref_deleted", weight=10),
    Kind(name="disk.full", weight=6, lasts_s=(3.0, 8.0), resource="disk"),
    Kind(name="build.cancel", weight=7),
    Kind(name="build.pause", weight=12, lasts_s=(2.0, 10.0)),
    Kind(name="build.twice", weight=8),
    *(provider(fault) for fault in PROVIDER_FAULTS),
)
