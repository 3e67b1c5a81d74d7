"""Row 18: attaches to System V shared memory by its key (the argument). Prints whether it was there."""

# ruff: noqa: T201 - what it prints is its answer

import ctypes
import sys

print(ctypes.CDLL(None).shmget(int(sys.argv[1]), 0, 0) >= 0)
