"""Pattern fixes of a Python project, one file each."""
