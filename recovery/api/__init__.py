"""Recovery over REST: thin callers of selectors and services."""
