"""Row 3: fills the workspace with `many` files, one `huge` file, a `sparse` one or empty ones (`inodes`)."""

# ruff: noqa: T201 - what it prints is its answer

import os
import signal
import sys

MIB = 1024 * 1024
kind = sys.argv[1]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
done = 0
try:
    if kind == "many":
        while True:
            with open(f"file{done}", "wb") as file:
                file.write(b"x" * MIB)
            done += 1
    elif kind == "huge":
        with open("huge", "wb", buffering=0) as file:
            while True:
                file.write(b"x" * MIB)
                done += 1
    elif kind == "sparse":
        os.truncate(os.open("sparse", os.O_CREAT | os.O_RDWR), 1 << 40)
    else:
        while True:
            os.close(os.open(f"empty{done}", os.O_CREAT | os.O_WRONLY))
            done += 1
except OSError as error:
    print(error.strerror, done)
    sys.exit(7)
