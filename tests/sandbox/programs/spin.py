"""Row 4: `loop` burns one core, `burners` four, `sleep` ignores every signal in a session of its own."""

import os
import signal
import sys
import time

kind = sys.argv[1]
if kind == "sleep":
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    if os.fork() == 0:
        os.setsid()
    time.sleep(600)
if kind == "burners":
    for _ in range(3):
        if os.fork() == 0:
            break
while True:
    pass
