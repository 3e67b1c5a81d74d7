"""Settings from the environment, typed, failing loudly with the variable's name. docs/configuration.md lists them."""

# ruff: noqa: F403 - each file is one block of settings

from __future__ import annotations

from autodev.settings.base import *
from autodev.settings.broker import *
from autodev.settings.databases import *
from autodev.settings.keys import *
from autodev.settings.logs import *
from autodev.settings.mail import *
from autodev.settings.options import *
from autodev.settings.security import *
from autodev.settings.web import *
