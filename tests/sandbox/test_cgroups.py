"""Control groups: version 1 is used for real by all other tests; version 2 on a tree of files and by its own kill."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from autodev.sandbox import Limits
from autodev.sandbox.cgroups import CgroupV2, HierarchyV1, HierarchyV2, detect


def v2_tree(root: Path, *, offered: str = "cpu memory pids", processes: str = "") -> tuple[str, Path]:
    """Files as a version 2 hierarchy shows them; the kernel's part is played by the test."""
    base = root / "unit"
    base.mkdir(parents=True)
    for directory in (root, base):
        (directory / "cgroup.controllers").write_text(offered)
        (directory / "cgroup.subtree_control").write_text("")
        (directory / "cgroup.procs").write_text(processes)
    return f"cgroup2 {root} cgroup2 rw 0 0\n", base


def test_version_2_is_prepared_below_the_own_group(tmp_path: Path) -> None:
    mounts, base = v2_tree(tmp_path)
    found, why = detect("tag", mounts, "0::/unit\n")
    assert (isinstance(found, HierarchyV2), why) == (True, "")
    assert (base / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert (base / "autodev" / "cgroup.subtree_control").exists()


def test_version_2_with_processes_in_the_own_group_uses_its_parent(tmp_path: Path) -> None:
    mounts, _base = v2_tree(tmp_path, processes="1\n")
    found, _ = detect("tag", mounts, "0::/unit\n")
    assert isinstance(found, HierarchyV2)
    assert found.parent == tmp_path / "autodev"


def test_version_2_group_limits_and_counters(tmp_path: Path) -> None:
    hierarchy = HierarchyV2(tmp_path, "tag")
    group = hierarchy.create("t.1.ab", Limits(memory_bytes=1000, pids=7, cpus=0.5))
    directory = tmp_path / "tag-t.1.ab"
    assert (directory / "memory.max").read_text() == "1000"
    assert (directory / "pids.max").read_text() == "7"
    assert (directory / "cpu.max").read_text() == "50000 100000"
    assert (directory / "memory.swap.max").read_text() == "0"
    for name, text in {
        "cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
        "memory.peak": "900\n",
        "memory.events": "low 0\noom_kill 2\n",
        "pids.events": "max 3\n",
        "pids.current": "4\n",
    }.items():
        (directory / name).write_text(text)
    usage = group.usage()
    assert (usage.cpu_ms, usage.peak_mem, usage.oom_kills, usage.pids_peak, usage.pids_refused) == (2500, 900, 2, 4, 3)
    assert group.join_files == [directory / "cgroup.procs"]
    assert hierarchy.names() == {"t.1.ab"}
    assert HierarchyV2(tmp_path, "other").names() == set()


def test_version_2_kill_and_removal_on_the_real_hierarchy() -> None:
    mount = next(
        (Path(line.split()[1]) for line in Path("/proc/mounts").read_text().splitlines() if " cgroup2 " in line), None
    )
    assert mount, "no cgroup2 mount"
    directory = mount / f"autodev-test-{os.getpid()}"
    directory.mkdir()
    group = CgroupV2(directory)
    victim = subprocess.Popen(["sleep", "60"])
    group.join_files[0].write_text(str(victim.pid))
    assert group.remove()
    assert victim.wait(60) == -9
    assert not directory.exists()


def test_version_2_before_cgroup_kill(tmp_path: Path) -> None:
    victim = subprocess.Popen(["sleep", "60"])
    (tmp_path / "cgroup.procs").write_text(f"{victim.pid}\n")
    (tmp_path / "cgroup.kill").mkdir()  # a file that cannot be written
    CgroupV2(tmp_path).kill()
    assert victim.wait(60) == -9


def test_a_group_with_an_immortal_process_is_reported_as_left(tmp_path: Path) -> None:
    (tmp_path / "tag-x").mkdir()
    (tmp_path / "tag-x" / "kept").write_text("")
    assert not HierarchyV2(tmp_path, "tag").open("x").remove()


@pytest.mark.parametrize(
    ("mounts", "why"),
    [
        ("", "no cgroup hierarchy"),
        ("cgroup /proc cgroup rw,memory 0 0\n", "no cgroup hierarchy"),
        ("cgroup /proc cgroup rw,memory,pids,cpu,cpuacct,freezer 0 0\n", "not writable"),
    ],
)
def test_where_there_is_no_hierarchy_it_says_why(mounts: str, why: str) -> None:
    found, reason = detect("tag", mounts, "")
    assert found is None
    assert why in reason


def test_version_2_without_a_controller_says_which(tmp_path: Path) -> None:
    mounts, _ = v2_tree(tmp_path, offered="cpu")
    found, reason = detect("tag", mounts, "0::/unit\n")
    assert found is None
    assert "memory, pids" in reason


def test_limits_that_are_refused_leave_no_group(tmp_path: Path) -> None:
    parents = {name: tmp_path / name for name in ("memory", "pids", "cpu", "cpuacct", "freezer")}
    with pytest.raises(OSError, match="No such file"):
        HierarchyV1(parents, "tag").create("x", Limits())
    assert list(tmp_path.iterdir()) == []
