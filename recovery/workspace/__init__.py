"""Where a workspace stands, derived from the facts of its tasks."""
