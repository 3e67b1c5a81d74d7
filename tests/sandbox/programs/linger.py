"""Row 15: `daemon` leaves a child that keeps stdout open; `zombies` never waits for its children."""

# ruff: noqa: T201 - what it prints is its answer

import os
import sys
import time

if sys.argv[1] == "daemon":
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    print("parent", flush=True)
else:
    made = 0
    try:
        while True:
            if os.fork() == 0:
                os._exit(0)
            made += 1
    except OSError:
        print(made, flush=True)
