"""Checks of a repository that came with its own code and tests: what was green stays green."""
