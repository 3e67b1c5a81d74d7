"""A worker that starts a program behind a port, which starts one in the background: prints the word on their command
lines, and waits to be killed."""

import secrets
import sys
import tempfile
import time
from pathlib import Path

from autodev.sandbox import SandboxSpec, get_backend, python_toolchain, stdio

mark = f"autodev-mark-{secrets.token_hex(6)}"
python = python_toolchain(Path(tempfile.mkdtemp()))
shell = f"(setsid sh -c 'sleep 600; :' {mark} &) ; cat; : {mark}"
script = f"import subprocess, sys; subprocess.run(['sh', '-c', {shell!r}])"
argv, files = stdio.behind([python.program, "-c", script], port=int(sys.argv[1]), python=python.program)
handle = get_backend().start(SandboxSpec(argv=argv, files=files, ro_layers=python.ro_layers), port=int(sys.argv[1]))
assert handle.wait_ready(30), handle.output()
sys.stdout.write(mark + "\n")
sys.stdout.flush()
time.sleep(600)
