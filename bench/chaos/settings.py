"""The settings of all processes of a chaos run: those of AutoDev and the marks that the judges read."""

# ruff: noqa: F403, F405 - AutoDev's settings with two answers of our own

from __future__ import annotations

import os

from autodev.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "bench.chaos.apps.ChaosConfig"]
# A task that beats and does not move is found within a run.
AUTODEV_PROGRESS_TIMEOUT_S = float(os.environ.get("CHAOS_PROGRESS_TIMEOUT_S", "100"))
