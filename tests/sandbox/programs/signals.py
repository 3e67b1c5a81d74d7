"""Rows 9, 16: sends a signal (its argument) to everything it can name."""

# ruff: noqa: T201 - what it prints is its answer

import os
import sys

number, victim = int(sys.argv[1]), int(sys.argv[2])
for pid in (victim, *range(2, 400), -1):
    if pid == os.getpid():
        continue
    try:
        os.kill(pid, number)
    except OSError:
        continue
print("done")
