"""The sixteen faults of the public FailoverBench (methodology v0.1), written from its description.

A wall that breaks by the name of the model, one call as a careful client makes it, and the rules by which a scenario is
judged from the caller's and from the provider's side. `python -m tests.gateway.failover` runs them against a gateway
from outside (docs/gateway.md).
"""
