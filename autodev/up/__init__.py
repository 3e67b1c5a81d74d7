"""`autodev up`: web, worker, beat and Redis on one machine, supervised as children of one process."""
