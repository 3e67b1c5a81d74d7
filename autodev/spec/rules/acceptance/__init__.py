"""Acceptance scenarios by subject: what would fail if a product ignored the requirement. Built last, from the whole draft."""
