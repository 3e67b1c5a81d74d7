"""Row 10: leaves traps where the worker will look for artefacts, and git's traps."""

import os
import socket

os.symlink("/etc/shadow", "report.xml")
os.symlink("/etc", "coverage")
os.mkfifo("pipe.xml")
server = socket.socket(socket.AF_UNIX)
server.bind("socket.xml")
os.symlink(".", "loop")
os.mkdir("sub")
os.symlink("../../../../../../etc/shadow", "sub/up.xml")
os.link("report.xml", "hard.xml", follow_symlinks=False)
with open("honest.xml", "w") as file:
    file.write("<ok/>")
with open("large.xml", "wb") as file:
    file.truncate(100 << 20)
os.makedirs(".git/hooks")
for hook in ("hooks/post-checkout", "hooks/pre-commit", "fsmonitor"):
    with open(f".git/{hook}", "w") as file:
        file.write("#!/bin/sh\ntouch /tmp/autodev-planted\n")
    os.chmod(f".git/{hook}", 0o700)
with open(".git/config", "w") as file:
    file.write("[core]\n\trepositoryformatversion = 0\n\tfsmonitor = .git/fsmonitor\n")
