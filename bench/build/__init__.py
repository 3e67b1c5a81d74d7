"""How long a build takes, phase by phase, with cold and with warm caches."""
