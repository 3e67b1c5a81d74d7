"""The acceptance checks, run from outside against the product in the sandbox. `run_acceptance` is the way in."""

from projects.checks.acceptance.run import run_acceptance
from projects.checks.acceptance.types import CheckOutcome, FrozenCheck, Product, StepOutcome

__all__ = ["CheckOutcome", "FrozenCheck", "Product", "StepOutcome", "run_acceptance"]
