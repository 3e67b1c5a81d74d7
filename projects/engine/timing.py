"""The engine's times, in seconds, with why."""

LEASE_S = 30.0  # a dead worker's task is free after this at the latest
BEAT_S = 10.0  # two beats may fail before the lease ends
TRUST_S = 25.0  # counted from the start of the last good renewal; five seconds before others may take the task
POLL_S = 2.0  # the longest that work waits when every bell was lost
SWEEP_S = 5.0
STUCK_S = 30.0  # a thread that is not back so long after its lease was lost ends the process
STOP_S = 10.0  # from SIGTERM to the last lease released
PROGRESS_TIMEOUT_S = 900.0  # no step, output or progress: the heartbeat alone does not count
MAX_CRASHES = 3
APART_LADDER_S = (5.0, 10.0, 20.0, 30.0)  # short: what kills its worker does it soon, and innocent tasks wait for it
UNCLEAR_DEATHS = 4  # of so many deaths in a row that blame nobody one counts: nothing goes on for ever
WAIT_LADDER_S = (30.0, 60.0, 120.0, 240.0, 300.0)
UNDECIDED_S = 15.0  # when the sweep asks recovery again about a task that nobody decided on
