"""The numbers that an operator may turn: slots, sandbox, recovery."""

from __future__ import annotations

import os

from autodev.settings.base import PRODUCTION
from autodev.settings.environment import env

# How many tasks one worker process runs at once. A task mostly waits for its sandbox, which has limits of its own.
AUTODEV_SLOTS = env.integer("AUTODEV_SLOTS", max(2, min(8, os.cpu_count() or 2)), least=1, most=64)

# One machine accepts a sandbox that only watches memory and disk, with a note on each page; production does not.
SANDBOX_MIN_LEVEL = env.choice(
    "SANDBOX_MIN_LEVEL", ("NONE", "DEGRADED", "PROCESS", "KERNEL"), "PROCESS" if PRODUCTION else "DEGRADED"
)
SANDBOX_BACKENDS = tuple(env.listing("SANDBOX_BACKENDS", ("bubblewrap",)))
SANDBOX_STATE_DIR = env.text("SANDBOX_STATE_DIR") or None

# The names of seeds 004. Waits double from the delay to five minutes.
MAX_AUTO_RECOVERY_ATTEMPTS = env.integer("MAX_AUTO_RECOVERY_ATTEMPTS", 5, least=1, most=20)
RECOVERY_DELAY_SECONDS = env.integer("RECOVERY_DELAY_SECONDS", 30, least=1, most=300)
