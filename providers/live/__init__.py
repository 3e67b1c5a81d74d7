"""What this process knows of providers, shared with every other process through the database."""
