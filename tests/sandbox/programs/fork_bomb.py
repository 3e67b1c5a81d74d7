"""Row 1: forks without end, and says how far it came each time it grows."""

import os
import sys
import time

made = 0
while True:
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        sys.stderr.write(f"{made}\n")
        time.sleep(0.2)
    else:
        made += 1
