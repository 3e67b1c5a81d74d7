"""Row 2: takes memory the way its first argument says; the second is how many MiB."""

# ruff: noqa: T201 - what it prints is its answer

import mmap
import os
import sys
import time

MIB = 1024 * 1024
kind, amount = sys.argv[1], int(sys.argv[2])

if kind == "one":
    block = bytearray(amount * MIB)
    block[::4096] = b"x" * len(block[::4096])
elif kind == "many":
    for _ in range(5):
        if os.fork() == 0:
            block = bytearray(amount // 2 * MIB)
            block[::4096] = b"x" * len(block[::4096])
            time.sleep(3)
            os._exit(0)
    for _ in range(5):
        os.wait()
elif kind == "memfd":
    fd = os.memfd_create("hog")
    for _ in range(amount):
        os.write(fd, b"x" * MIB)
elif kind == "shared":
    area = mmap.mmap(-1, amount * MIB)
    for at in range(0, amount * MIB, 4096):
        area[at] = 1
else:  # a directory: /dev/shm or /tmp
    written = 0
    try:
        with open(f"{kind}/fill", "wb", buffering=0) as file:
            while written < amount:
                file.write(b"x" * MIB)
                written += 1
    except OSError as error:
        print(error.strerror, written)
        sys.exit(7)
