"""`python -m tests.providers_lab --port 8800`: the lab until Ctrl-C. docs/models.md says how it is controlled."""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading

from tests.providers_lab.control import Control
from tests.providers_lab.server import Lab

NAMES = "abcdefghijklmnopqrstuvwxyz"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.providers_lab", description=__doc__)
    parser.add_argument("--port", type=int, default=8800, help="of the control endpoint; upstreams follow; 0 is any")
    parser.add_argument("--upstreams", type=int, default=2, help="how many, named a, b, …")
    chosen = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Lab() as lab:
        port = lab.serve(Control(lab).handle, chosen.port)
        print(f"control http://127.0.0.1:{port}", flush=True)  # noqa: T201 - what the command is for
        for place, name in enumerate(NAMES[: chosen.upstreams], start=1):
            one = lab.upstream(name, port=chosen.port and chosen.port + place)
            print(f"upstream {name} {one.base_url} (OpenAI's clients: {one.openai_url})", flush=True)  # noqa: T201
        with contextlib.suppress(KeyboardInterrupt):
            stop.wait()


if __name__ == "__main__":
    main()
