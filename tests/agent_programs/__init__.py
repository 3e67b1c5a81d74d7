"""The agent programs on a machine: found, installed, told about. `fixtures` gives the real ones to all tests."""
