"""Row 19: directories nested so deep that a recursive walk dies."""

# ruff: noqa: T201 - what it prints is its answer

import os
import sys

for _ in range(int(sys.argv[1])):
    os.mkdir("d")
    os.chdir("d")
print("made")
