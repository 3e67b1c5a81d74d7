"""All writes of what a workspace configures: keyword-only, one transaction with its event, seen by all processes."""
