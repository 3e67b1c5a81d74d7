"""Pages of builds: thin callers of selectors and services. Each answers a fragment to htmx and a page to others."""
