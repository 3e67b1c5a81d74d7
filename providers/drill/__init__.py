"""Drills: a fault put into a provider on purpose, in one workspace, and what it did to live work."""
