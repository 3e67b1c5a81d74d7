"""The checks of a Python project, one file each."""
