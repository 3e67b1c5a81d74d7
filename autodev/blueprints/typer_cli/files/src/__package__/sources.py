"""Where input comes from: a file, or standard input for `-`."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .errors import InputError

STDIN = Path("-")


@contextmanager
def open_text(source: Path) -> Iterator[TextIO]:
    """The input as UTF-8 text, with or without a byte order mark, read as it is needed.

    Raises InputError for what cannot be opened, and for what turns out to be no text inside the `with` block.
    """
    try:
        if source == STDIN:
            text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
            yield text
            # Without this, dropping the wrapper would close standard input.
            text.detach()
        else:
            with source.open(encoding="utf-8-sig", newline="") as file:
                yield file
    except FileNotFoundError:
        raise InputError("no such file") from None
    except IsADirectoryError:
        raise InputError("is a directory, not a file") from None
    except PermissionError:
        raise InputError("may not be read") from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte 0x{error.object[error.start]:02x})") from None


def shown_name(source: Path) -> str:
    """The input's name in messages."""
    return "standard input" if source == STDIN else str(source)
