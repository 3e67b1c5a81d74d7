"""How fast recovery is, what it reads, and what a plain Celery retry makes of the same faults. `python -m
bench.recovery.run`."""
