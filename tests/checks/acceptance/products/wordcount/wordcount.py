"""Counts the words of a file, or of standard input for `-`."""

import sys
from pathlib import Path


def main():
    if len(sys.argv) != 2:
        print("usage: wordcount FILE", file=sys.stderr)
        return 2
    name = sys.argv[1]
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text()
    except FileNotFoundError:
        print(f"wordcount: {name}: no such file", file=sys.stderr)
        return 1
    print(f"{len(text.split()):6} words")
    return 0


sys.exit(main())
