"""The numbers that an operator may turn: slots, sandbox, recovery."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from autodev.settings.base import AUTODEV_DATA, PRODUCTION
from autodev.settings.environment import env

# How many tasks one worker process runs at once. A task mostly waits for its sandbox, which has limits of its own.
AUTODEV_SLOTS = env.integer("AUTODEV_SLOTS", max(2, min(8, os.cpu_count() or 2)), least=1, most=64)

# With less room than this no slot takes work: a build that runs needs some, and so does the database. 0 never stops.
AUTODEV_MIN_FREE_BYTES = env.integer("AUTODEV_MIN_FREE_BYTES", 256 * 1024 * 1024, least=0)
# How long the output of builds that ended is kept; 0 is for ever. What they delivered stays in any case.
AUTODEV_OUTPUT_DAYS = env.integer("AUTODEV_OUTPUT_DAYS", 90, least=0, most=36500)

LEVELS = ("NONE", "DEGRADED", "PROCESS", "KERNEL")


def least_level(chosen: str, *, production: bool) -> str:
    """One machine accepts a sandbox that only watches memory and disk, with a note on each page. Raises
    ImproperlyConfigured for a production that would."""
    if production and LEVELS.index(chosen) < LEVELS.index("PROCESS"):
        raise ImproperlyConfigured(
            f"SANDBOX_MIN_LEVEL={chosen!r} is below PROCESS, which AUTODEV_MODE=production refuses: generated "
            "code would run with limits that are only watched. docs/sandbox.md says what to grant the worker."
        )
    return chosen


SANDBOX_MIN_LEVEL = least_level(
    env.choice("SANDBOX_MIN_LEVEL", LEVELS, "PROCESS" if PRODUCTION else "DEGRADED"), production=PRODUCTION
)
SANDBOX_BACKENDS = tuple(env.listing("SANDBOX_BACKENDS", ("bubblewrap",)))
SANDBOX_STATE_DIR = env.text("SANDBOX_STATE_DIR") or None

# The names of seeds 004. Waits double from the delay to five minutes.
ENABLE_AUTO_TASK_RECOVERY = env.flag("ENABLE_AUTO_TASK_RECOVERY", default=True)
RECOVERY_BATCH_SIZE = env.integer("RECOVERY_BATCH_SIZE", 5, least=1, most=1000)
RECOVERY_CHECK_INTERVAL_SECONDS = env.integer("RECOVERY_CHECK_INTERVAL_SECONDS", 60, least=1, most=3600)
MAX_AUTO_RECOVERY_ATTEMPTS = env.integer("MAX_AUTO_RECOVERY_ATTEMPTS", 5, least=1, most=20)
RECOVERY_DELAY_SECONDS = env.integer("RECOVERY_DELAY_SECONDS", 30, least=1, most=300)
AI_RECOVERY_CONFIDENCE_THRESHOLD = env.number("AI_RECOVERY_CONFIDENCE_THRESHOLD", 0.7, least=0.0, most=1.0)
ENABLE_AI_RECOVERY = env.flag("ENABLE_AI_RECOVERY", default=True)
ENABLE_AI_ANALYSIS = env.flag("ENABLE_AI_ANALYSIS", default=True)
# How long a task waits for a person before it ends; its request can still be answered then. A day.
RECOVERY_PERSON_WAIT_SECONDS = env.integer("RECOVERY_PERSON_WAIT_SECONDS", 86400, least=0, most=30 * 86400)
# How long work that something can stand in for waits for an outage to pass.
RECOVERY_PATIENCE_SECONDS = env.integer("RECOVERY_PATIENCE_SECONDS", 300, least=0, most=30 * 86400)

# The file of the installation, which may be absent, and the variables that its providers may take keys from.
AUTODEV_MODELS_FILE = env.path("AUTODEV_MODELS_FILE", AUTODEV_DATA / "models.yaml")
AUTODEV_PROVIDER_KEYS = env.listing("AUTODEV_PROVIDER_KEYS")
# Hosts and networks of its own where a workspace's providers may be in production; elsewhere all are open to them.
AUTODEV_PROVIDER_HOSTS = env.listing("AUTODEV_PROVIDER_HOSTS")
# A file of authorities that repositories are fetched with instead of the system's; empty for those.
AUTODEV_IMPORT_CA = env.text("AUTODEV_IMPORT_CA")
# How long the ledger's calls and decisions are kept; 0 is for ever. Probes go after a week at the latest.
AUTODEV_LEDGER_DAYS = env.integer("AUTODEV_LEDGER_DAYS", 90, least=0, most=36500)
# Seeds 001: for all workspaces where it is set, else models.yaml and then the workspace decide.
LOVABLE_FALLBACK_CHAIN = (
    env.flag("LOVABLE_FALLBACK_CHAIN", default=True) if env.text("LOVABLE_FALLBACK_CHAIN") else None
)

# How long an agent that asks a person waits before it goes on with its assumption; 0 does so at once.
AGENT_QUESTION_WAIT_SECONDS = env.integer("AGENT_QUESTION_WAIT_SECONDS", 300, least=0, most=86400)
# The model calls that our own agent makes for one job at most.
AGENT_MAX_TURNS = env.integer("AGENT_MAX_TURNS", 60, least=1, most=1000)
# How long one run of an agent program may take, and how long it may say nothing while none of its tools runs.
AGENT_RUN_SECONDS = env.integer("AGENT_RUN_SECONDS", 3600, least=10, most=86400)
AGENT_SILENCE_SECONDS = env.integer("AGENT_SILENCE_SECONDS", 300, least=1, most=3600)
# How long its work goes without a checkpoint at most, however long one of its tools runs.
AGENT_CHECKPOINT_SECONDS = env.integer("AGENT_CHECKPOINT_SECONDS", 300, least=5, most=86400)
# Where `autodev agents install` puts agent programs.
AUTODEV_PROGRAMS = env.path("AUTODEV_PROGRAMS", AUTODEV_DATA / "programs")
