"""The review of a Spec before it is built: a task between understanding and research that waits for a person."""

from __future__ import annotations

OPTION = "review_spec"
KEY = "review_spec"
REASON = "Waits for a person to approve the Spec"
# Every wait is bounded; the build's deadline ends it sooner.
WITHIN_DAYS = 7
EXPIRED = f"Nobody approved the Spec within {WITHIN_DAYS} days."
