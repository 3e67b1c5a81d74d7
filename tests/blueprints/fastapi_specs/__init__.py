"""Specs as a person would write them down, one for each kind of rule that a service must keep."""

from __future__ import annotations

from tests.blueprints.fastapi_specs.lending import booking, library, todo
from tests.blueprints.fastapi_specs.trade import blog, orders, tickets

__all__ = ["SPECS", "blog", "booking", "library", "orders", "tickets", "todo"]
SPECS = {"todo": todo, "library": library, "booking": booking, "blog": blog, "orders": orders, "tickets": tickets}
