"""Where a run keeps its things, and the environment of its processes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autodev.sandbox.workspace import can_mount
from autodev.up.ports import free_port

DATA_MB = 1536
# What a run turns, so that waits fit into it; docs/chaos.md says what they are else. Leases are the real ones.
TURNED = {
    "RECOVERY_DELAY_SECONDS": "2",
    "RECOVERY_CHECK_INTERVAL_SECONDS": "10",
    "RECOVERY_PERSON_WAIT_SECONDS": "15",
    "RECOVERY_PATIENCE_SECONDS": "30",
    "API_RATE_BUILD": "6000/min",
    "API_RATE_WRITE": "6000/min",
    "API_RATE_READ": "6000/min",
}


@dataclass(frozen=True, slots=True)
class Places:
    """`run` holds everything; `data` is AUTODEV_DATA, a file system of its own where this process may mount."""

    run: Path
    port: int
    gateway_port: int
    mounted: bool

    @property
    def data(self) -> Path:
        return self.run / "data"

    @property
    def logs(self) -> Path:
        return self.run / "logs"

    @property
    def effects(self) -> Path:
        return self.run / "effects.jsonl"

    @property
    def postgres(self) -> Path:
        return self.run / "postgres"

    @property
    def redis(self) -> Path:
        return self.run / "redis.sock"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def dsn(self) -> str:
        return f"host={self.postgres} user=postgres dbname=autodev connect_timeout=3"

    def environment(self) -> dict[str, str]:
        """Of every process, the harness's own included."""
        return {
            **os.environ,
            **TURNED,
            "DJANGO_SETTINGS_MODULE": "bench.chaos.settings",
            "AUTODEV_DATA": str(self.data),
            "DATABASE_URL": f"postgres://postgres@/autodev?host={self.postgres}",
            "REDIS_URL": f"unix://{self.redis}",
            "CHAOS_EFFECTS": str(self.effects),
            "AUTODEV_PROVIDER_KEYS": "LAB_KEY",
            "LAB_KEY": "sk-lab",
            "AUTODEV_SLOTS": "2",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
            "PYTHONUNBUFFERED": "1",
            "AUTODEV_FAILPOINTS": "",
        }


def prepare() -> Places:
    """Makes the folders. `data` becomes a tmpfs that can be filled up, where this process may mount one."""
    run = Path(tempfile.mkdtemp(prefix="autodev-chaos-"))
    run.chmod(0o711)  # PostgreSQL runs as another user
    port = free_port("127.0.0.1", 18700)
    places = Places(run, port, free_port("127.0.0.1", 18800, taken={port}), can_mount())
    places.data.mkdir(mode=0o700)
    places.logs.mkdir()
    if places.mounted:
        size = f"size={DATA_MB}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "autodev-chaos", str(places.data)], check=True)
    return places


def enter(environment: Mapping[str, str]) -> None:
    """Makes this process one of the run: its settings are read after this."""
    os.environ.update(environment)
    import django  # noqa: PLC0415 - after the environment

    django.setup()


def leave(places: Places) -> None:
    """Unmounts what is mounted below the run's folder. The folder stays where the run wants to be looked at."""
    below = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for where in sorted((path for path in below if path.startswith(f"{places.run}/")), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", where], check=False)
