"""What failed, what was decided, and what came of it."""

from recovery.models.attempt import RecoveryAttempt
from recovery.models.known import KnownFix, StrategyRecord
from recovery.models.lease import SweepLease
from recovery.models.request import HumanRequest

__all__ = ["HumanRequest", "KnownFix", "RecoveryAttempt", "StrategyRecord", "SweepLease"]
