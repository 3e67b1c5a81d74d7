"""Settings of the tests: fast password hashing, data in a temporary folder."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("AUTODEV_DATA", tempfile.mkdtemp(prefix="autodev-test-"))

from autodev.settings import *  # noqa: E402, F403 - the environment must be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
