"""Pages of accounts: thin callers of the services."""
