"""`python -m bench.chaos.sweeper`: one more sweeper beside those of the workers, until it is ended."""

from __future__ import annotations

import logging
import time

import django

log = logging.getLogger(__name__)


def main() -> None:
    django.setup()
    from autodev.lib.db import drop_broken_connection  # noqa: PLC0415 - after the settings
    from projects.engine.sweep import sweep  # noqa: PLC0415

    while True:
        try:
            sweep()
        except Exception:
            log.exception("chaos.sweeper_round_failed")
            drop_broken_connection()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
