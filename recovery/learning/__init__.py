"""What strategies did to failures: counted when an attempt to recover ends, read when the next one is chosen."""
