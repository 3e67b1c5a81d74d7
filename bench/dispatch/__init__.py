"""What the engine costs a task, beside bare Celery and DBOS with the same no-op. `python -m bench.dispatch`."""
