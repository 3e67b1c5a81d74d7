"""The whole chain as a user without rights: it works, it is DEGRADED, and it says why."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from autodev.sandbox import workspace
from autodev.sandbox.staging import reachable_by_others

REPOSITORY = Path(__file__).parents[2]

UNPRIVILEGED = """
import json, sys
from pathlib import Path
from autodev.sandbox import LIMITS, Limits, SandboxSpec, create_workspace, python_toolchain, remove_workspace
from autodev.sandbox.bubblewrap import BubblewrapBackend
from autodev.sandbox.config import prepare_state_dir
base = Path(sys.argv[1])
python = python_toolchain(base)
backend = BubblewrapBackend(state_dir=prepare_state_dir(base / "state"), python=python)
probe = backend.probe()
workspace = base / "workspace"
FORKS = "import os, time\\nwhile True:\\n try:\\n  os.fork() or time.sleep(9)\\n except OSError: time.sleep(0.1)"
limits = Limits(wall_s=5, memory_bytes=80 << 20, pids=30, workspace_bytes=4 << 20, file_bytes=64 << 20)
def run(text):
    argv = [python.program, "-c", text]
    result = backend.run(SandboxSpec(argv=argv, ro_layers=python.ro_layers, workspace=workspace, limits=limits))
    return [result.status, result.stdout, result.reason, int(result.level)]
print(json.dumps({
    "level": int(probe.level), "reasons": list(probe.reasons),
    "failed": [n for n, held in probe.features.items() if not held],
    "hard": create_workspace(workspace),
    "write": run("open('x', 'w').write('1'); print(open('x').read())"),
    "hog": run("b = bytearray(200 << 20); b[::4096] = b'x' * len(b[::4096]); import time; time.sleep(5)"),
    "locked": run("import os; os.makedirs('d/e'); os.chmod('d', 0)"),
    "forks": run(FORKS),
    "fill": run("import time; open('fill', 'wb').write(bytes(16 << 20)); time.sleep(5)"),
    "removed": (remove_workspace(workspace), workspace.exists())[1],
    "left": [path.name for path in (base / "state" / "runs").iterdir()],
}))
"""


def interpreter_for_everybody() -> str:
    for path in (os.path.realpath(sys.executable), shutil.which("python3", path="/usr/bin:/usr/local/bin")):
        if path and reachable_by_others(Path(path)):
            return path
    raise AssertionError("no interpreter that an unprivileged user may run")


def test_an_unprivileged_user_gets_degraded_with_reasons(tmp_path: Path) -> None:
    base = Path("/tmp") / f"autodev-unprivileged-{os.getpid()}"
    base.mkdir()
    os.chown(base, 65534, 65534)
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(base),
        "TMPDIR": str(base),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *packages]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    try:
        done = subprocess.run(
            [*drop, "--", interpreter_for_everybody(), "-c", UNPRIVILEGED, str(base)],
            capture_output=True, text=True, env=environment, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    finally:
        workspace.remove_tree(base)
    found = json.loads(done.stdout)
    assert found["level"] == 1
    assert found["failed"] == []
    assert len(found["reasons"]) == 2
    assert found["hard"] is False
    assert found["write"] == ["ok", "1\n", "", 1]
    assert found["hog"][0] == "oom"
    assert found["fill"][0] == "killed"
    assert "workspace" in found["fill"][2]
    assert found["locked"][0] == "ok"
    assert found["forks"][0] in ("pids", "timeout"), found["forks"]
    assert found["removed"] is False
    assert found["left"] == []
