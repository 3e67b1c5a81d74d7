"""Factories: rows for tests, with nothing surprising in them."""
