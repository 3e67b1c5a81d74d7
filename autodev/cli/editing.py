"""The person's own editor on a text."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from autodev.lib.errors import DomainError

DEFAULT_EDITOR = "vi"


class EditorFailed(DomainError):
    code = "editor_failed"
    hint = "Set EDITOR to a program that waits until the file is closed, or use --file."


def typed(text: str, *, suffix: str) -> str:
    """What `$VISUAL` or `$EDITOR` made of the text. Raises EditorFailed."""
    program = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or DEFAULT_EDITOR)
    with tempfile.TemporaryDirectory(prefix="autodev-") as folder:
        file = Path(folder) / f"spec{suffix}"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*program, str(file)], check=True)
            return file.read_text(encoding="utf-8")
        except (OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
            raise EditorFailed(f"{' '.join(program)}: {error}") from error
