"""All writes of accounts: keyword-only, each with its audit event in the same transaction."""
