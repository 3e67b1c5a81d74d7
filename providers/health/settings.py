"""The thresholds of health, breaker and hysteresis, with the names and defaults of seeds 000 where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class HealthSettings:
    """Times in seconds. A threshold that is crossed asks for one confirming probe; only where that fails too, or calls
    go on failing after a good one, the breaker opens.

    `response_time_threshold`: a first token later than this is a slow call. `api_timeout`: how long a probe may take.
    `monitoring_interval`: the idle time after which a provider is probed. `error_window`: the calls that
    `error_rate_threshold` looks at. `witness_window_s`: how far apart two failures may be to witness each other.
    `first_open_s` doubles with each opening in a row up to `max_open_s`; a provider that names a time has that,
    at most `max_retry_after_s`. `good_probes_to_close` probes in a row, `probe_pause_s` apart, close the breaker;
    `probe_lease_s` is how long one prober holds the right to probe. `suspicion_s`: how long a provider that awaits its
    confirming probe is held back while there is another one. `trend_drop`: by how much the recent success may lie
    under the usual one, once `trend_samples` calls are known. `switch_margin`, `minimum_stay_s` and `minimum_samples`
    are the hysteresis between two healthy providers."""

    consecutive_failure_threshold: int = 3
    error_rate_threshold: float = 0.3
    response_time_threshold: float = 30.0
    api_timeout: float = 10.0
    monitoring_interval: float = 30.0

    error_window: int = 10
    slow_calls_threshold: int = 3
    witness_window_s: float = 30.0
    first_open_s: float = 5.0
    max_open_s: float = 10.0
    max_retry_after_s: float = 3600.0
    good_probes_to_close: int = 2
    probe_pause_s: float = 1.0
    probe_lease_s: float = 15.0
    suspicion_s: float = 15.0
    trend_drop: float = 0.25
    trend_samples: int = 20
    switch_margin: float = 0.1
    minimum_stay_s: float = 20.0
    minimum_samples: int = 3


DEFAULTS = HealthSettings()
_NAMES = frozenset(item.name for item in fields(HealthSettings))


def settings_in(document: Mapping[str, Any]) -> HealthSettings:
    """The thresholds among a view's settings."""
    known = {name: value for name, value in document.items() if name in _NAMES}
    return HealthSettings(**known) if known else DEFAULTS
