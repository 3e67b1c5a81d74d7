"""REST endpoints of workspaces, projects and builds: thin callers of selectors and services."""
