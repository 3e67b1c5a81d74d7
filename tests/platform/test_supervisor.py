"""Children: started, restarted, stopped, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autodev.up.backoff import GIVE_UP_AFTER, HEALTHY_S, MOST_S, Backoff
from autodev.up.child import Command
from autodev.up.supervisor import GaveUp, Supervisor

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
POLITE = "import time; print('up', flush=True); time.sleep(600)"


def command(name: str, code: str, *, stop_s: float = 8.0, stop_last: bool = False) -> Command:
    return Command(name=name, argv=[sys.executable, "-c", code], env=os.environ, stop_s=stop_s, stop_last=stop_last)


def wait_until(holds: Callable[[], bool], timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, "it did not come to hold in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_waits_double_up_to_half_a_minute_and_end() -> None:
    backoff, waits = Backoff(), []
    while not backoff.hopeless:
        backoff = backoff.ended(after_s=0.1)
        waits.append(backoff.wait_s)
    assert waits[:5] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert len(waits) == GIVE_UP_AFTER
    assert max(waits) <= MOST_S


def test_a_healthy_time_forgives_earlier_ends() -> None:
    weary = Backoff(ends=GIVE_UP_AFTER - 1)
    assert weary.ended(after_s=HEALTHY_S).wait_s == 1.0
    assert weary.ended(after_s=HEALTHY_S - 1).hopeless


def test_output_comes_with_the_name_of_its_child() -> None:
    said: list[str] = []
    supervisor = Supervisor([command("one", POLITE), command("second", POLITE)], say=said.append)
    supervisor.start()
    supervisor.run(until=lambda: len(said) == 2)
    supervisor.shut_down()
    assert sorted(said) == ["one    | up", "second | up"]


def test_a_child_that_ended_is_started_again() -> None:
    now, said = [0.0], list[str]()
    supervisor = Supervisor([command("web", "print('up')")], say=said.append, clock=lambda: now[0])
    supervisor.start()
    supervisor.run(until=lambda: bool(supervisor.children[0].backoff.ends))
    assert said == ["web | up", "web ended with 0; it starts again in 1 s."]
    now[0] = 0.9
    supervisor.step(timeout_s=0)
    assert [child.running for child in supervisor.children] == [False]
    now[0] = 1.0
    supervisor.step(timeout_s=0)
    assert [child.running for child in supervisor.children] == [True]
    supervisor.run(until=lambda: supervisor.children[0].backoff.ends == 2)


def test_it_gives_up_on_a_child_that_keeps_ending_and_shows_why() -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 20.0
        return now[0]

    supervisor = Supervisor([command("web", "raise SystemExit('no such port')")], say=lambda _: None, clock=clock)
    supervisor.start()
    with pytest.raises(GaveUp, match="no such port"):
        supervisor.run()


def test_what_ignores_the_stop_is_killed_and_what_the_others_need_goes_last(tmp_path: Path) -> None:
    log = tmp_path / "ends"
    noting = (
        "import os, signal, sys, time\n"
        f"def end(*_): open({str(log)!r}, 'a').write(sys.argv[1] + ' '); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
    )
    said: list[str] = []
    first = command("needed", noting, stop_last=True)
    supervisor = Supervisor(
        [
            Command(name="needed", argv=[*first.argv, "needed"], env=os.environ, stop_last=True),
            Command(name="user", argv=[*first.argv, "user"], env=os.environ),
            command("stubborn", STUBBORN, stop_s=0.2),
        ],
        say=said.append,
    )
    supervisor.start()
    supervisor.run(until=lambda: len(said) == 3)
    pids = [child.process.pid for child in supervisor.children if child.process]
    supervisor.shut_down()
    assert log.read_text().split() == ["user", "needed"]
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_and_a_kill_of_the_supervisor_leaves_nobody(sig: signal.Signals) -> None:
    for how in (sig, signal.SIGKILL):
        code = (
            "import os, sys; from autodev.up.child import Command; from autodev.up.supervisor import Supervisor\n"
            "code = 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'\n"
            "s = Supervisor([Command(name='c', argv=[sys.executable, '-c', code], env=os.environ)],"
            " say=lambda line: print(line, flush=True)); s.start(); s.run()"
        )
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        child = int(process.stdout.readline().split("|")[1])
        assert alive(child)
        process.send_signal(how)
        assert process.wait(timeout=60) == (0 if how != signal.SIGKILL else -signal.SIGKILL)
        wait_until(lambda pid=child: not alive(pid))  # type: ignore[misc] # a default argument keeps the loop's value
        process.stdout.close()
