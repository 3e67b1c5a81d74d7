"""Runs inside the sandbox: look for credentials in the text files below the current directory; JSON lines out.

Arguments: the file of patterns. Standard library only; every file is read without following links and up to 1 MB.
"""

import json
import math
import os
import re
import sys
from collections import Counter

SKIPPED = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
LOCKS = re.compile(r"(?:\.lock|-lock\.(?:json|yaml))$")
MAX_BYTES = 1_000_000


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def text_of(path: str) -> str:
    """The file's text; empty for what is no regular text file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with open(fd, "rb") as file:
        data = file.read(MAX_BYTES)
    return "" if b"\0" in data[:1024] else data.decode(errors="replace")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        known = json.load(file)
    patterns = [(p, re.compile(p["regex"])) for p in known["patterns"]]
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ".")
            if LOCKS.search(name):
                continue
            text = text_of(path)
            for pattern, regex in patterns:
                for match in regex.finditer(text):
                    value = match[match.re.groups]
                    if "entropy" in pattern and (
                        entropy(value) < pattern["entropy"] or any(p in value.lower() for p in known["placeholders"])
                    ):
                        continue
                    start = match.start(match.re.groups)
                    line = text.count("\n", 0, start) + 1
                    column = start - text.rfind("\n", 0, start)
                    found = {
                        "rule": pattern["rule"],
                        "title": pattern["title"],
                        "file": path,
                        "line": line,
                        "column": column,
                    }
                    print(json.dumps(found))


main()
