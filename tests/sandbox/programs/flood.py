"""Row 14: writes to the stream of its argument without end, text or binary."""

import os
import sys

fd = {"stdout": 1, "stderr": 2, "binary": 1}[sys.argv[1]]
block = bytes(range(256)) * 64 if sys.argv[1] == "binary" else b"y\n" * 8192
while True:
    os.write(fd, block)
