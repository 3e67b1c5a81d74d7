"""REST endpoints of providers, their routing, money and drills: thin callers of selectors and services."""
