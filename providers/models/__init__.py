from providers.models.breaker import Breaker
from providers.models.call import Call, Decision, SpentBefore
from providers.models.config import Chain, ConfigRevision, RoutingRule, RoutingSettings, StateVersion
from providers.models.drill import Drill
from providers.models.failure import FailurePattern, UnknownFailure
from providers.models.money import Budget, CachedAnswer, PriceOverride
from providers.models.provider import Credential, JobToken, Provider

__all__ = [
    "Breaker",
    "Budget",
    "CachedAnswer",
    "Call",
    "Chain",
    "ConfigRevision",
    "Credential",
    "Decision",
    "Drill",
    "FailurePattern",
    "JobToken",
    "PriceOverride",
    "Provider",
    "RoutingRule",
    "RoutingSettings",
    "SpentBefore",
    "StateVersion",
    "UnknownFailure",
]
