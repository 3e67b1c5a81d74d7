"""The operators' view of providers. What is configured is changed by the services, so that history, events and the
version that all processes follow stay whole; what happened is to read."""

from providers.admin import configuration, credentials, failures, ledger, money

__all__ = ["configuration", "credentials", "failures", "ledger", "money"]
