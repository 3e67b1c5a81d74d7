"""Row 19: directories nested so deep that a recursive walk dies."""

import os
import sys

for _ in range(int(sys.argv[1])):
    os.mkdir("d")
    os.chdir("d")
print("made")
