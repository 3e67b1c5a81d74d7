"""`python -m tests.cassettes record|replay|check`; docs/cassettes.md says how."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from tests.cassettes.cleaning import StillSecret, secrets_in_exchange
from tests.cassettes.format import NotACassette, read_cassette
from tests.cassettes.player import Player
from tests.cassettes.recorder import FINISH_S, Recorder, environment_for, key_in, secrets_of_environment
from tests.providers_lab.server import Lab


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    command = chosen.command[1:] if getattr(chosen, "command", [])[:1] == ["--"] else getattr(chosen, "command", [])
    try:
        if chosen.verb == "record":
            return _record(chosen, command)
        return _replay(chosen, command) if chosen.verb == "replay" else _check(chosen.cassette)
    except (NotACassette, StillSecret, OSError, ValueError) as error:
        _tell(f"error: {error}")
        return 2


def _record(chosen: argparse.Namespace, command: list[str]) -> int:
    if chosen.out.exists() and not chosen.replace:
        raise ValueError(f"{chosen.out} exists; --replace overwrites it")
    key = key_in(chosen.key_file)
    recorder = Recorder(chosen.upstream, chosen.out, key=key, secrets=secrets_of_environment(os.environ))
    with Lab() as lab:
        code = _serve(lab, recorder, chosen.port, command)
        lab.run(recorder.close(), timeout_s=FINISH_S + 60)
    for told in recorder.failed:
        _tell(f"not recorded: {told}")
    _tell(f"{len(recorder.exchanges)} exchanges in {chosen.out}")
    return code


def _replay(chosen: argparse.Namespace, command: list[str]) -> int:
    player = Player.of(chosen.cassette, time_scale=chosen.time_scale, by_course=chosen.by_course)
    with Lab() as lab:
        code = _serve(lab, player, chosen.port, command)
    for told in player.unknown:
        _tell(f"unknown: {told}")
    _tell(f"{player.played} requests played, {player.by_course_played} by their course, {len(player.unknown)} unknown")
    return code or int(bool(player.unknown))


def _check(file: Path) -> int:
    """What is in it, and whether anything in it looks like a secret."""
    exchanges = read_cassette(file)
    models = Counter(str(one.body.get("model", "")) for one in exchanges if isinstance(one.body, dict))
    secret = [number for number, one in enumerate(exchanges, start=1) if secrets_in_exchange(one)]
    _tell(f"{len(exchanges)} exchanges; models: {', '.join(f'{name} ({count})' for name, count in models.items())}")
    for number in secret:
        _tell(f"exchange {number} holds what looks like a secret")
    return int(bool(secret))


def _serve(lab: Lab, who: Recorder | Player, port: int, command: list[str]) -> int:
    """Until the command has ended, or, without one, until Ctrl-C or SIGTERM; gives the command's exit code."""
    address = f"http://127.0.0.1:{lab.serve(who.handle, port)}"
    if command:
        return subprocess.run(command, env=environment_for(os.environ, address), check=False).returncode
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _tell(f"{address} stands in for the upstream; end with Ctrl-C")
    stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.cassettes", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    record = verbs.add_parser("record", help="a proxy that keeps what passes, without secrets")
    record.add_argument("--upstream", required=True, help="its whole address, such as https://api.openai.com/v1")
    record.add_argument("--key-file", type=Path, help="whose first line is the real key; clients never see it")
    record.add_argument("--out", type=Path, required=True)
    record.add_argument("--replace", action="store_true", help="overwrite the file")
    replay = verbs.add_parser("replay", help="a server that answers from a cassette")
    replay.add_argument("cassette", type=Path)
    replay.add_argument("--time-scale", type=float, default=0.0, help="1 is as slow as the upstream was; 0 at once")
    replay.add_argument("--by-course", action="store_true", help="let the answers of tools differ from the recorded")
    for verb in (record, replay):
        verb.add_argument("--port", type=int, default=0, help="0 is any")
        verb.add_argument("command", nargs=argparse.REMAINDER, help="-- what to run with the proxy as its provider")
    verbs.add_parser("check", help="what is in it, and whether it is clean").add_argument("cassette", type=Path)
    return parser


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
