"""A trivial project whose ladder takes about three seconds; it serves the engine's tests."""
