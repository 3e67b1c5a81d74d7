"""Provider kinds: who can do a job. One folder a kind; nobody else is edited for a new one."""
