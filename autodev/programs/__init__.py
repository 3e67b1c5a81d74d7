"""Agent programs of others on this machine: which versions go with AutoDev, where they lie, how they are installed."""
