"""What a person may ask of a build. Every write is here, in one transaction with its event."""
