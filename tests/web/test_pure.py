"""The pure parts: the picture of tasks, phases, times, tones, folders."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodev.accounts.models import Role, WorkspaceState
from autodev.pages.templatetags.pages import ago, lasted, milliseconds
from autodev.pages.tones import TONES
from projects.dag import columns, layout
from projects.models import AttemptOutcome, Build, CheckResult, Task
from projects.selectors.files import folder_tree
from projects.selectors.progress import phases_of
from projects.states import PHASE_WEIGHT, BuildState, Phase, TaskState
from projects.views.source import HIGHLIGHT_MAX, highlighted, highlighted_diff

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def test_every_state_has_a_tone_of_its_own() -> None:
    for enum in (BuildState, TaskState, AttemptOutcome, CheckResult, WorkspaceState, Role):
        assert set(enum.values) <= set(TONES), enum


@given(st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda e: e[0] < e[1])))
def test_what_is_needed_stands_left_of_what_needs_it(edges: set[tuple[int, int]]) -> None:
    picture = layout(list(range(13)), sorted(edges))
    at = {n.key: n for n in picture.nodes}
    assert all(at[a].x < at[b].x for a, b in edges)
    assert len({(n.x, n.y) for n in picture.nodes}) == 13
    assert all(n.x < picture.width and n.y < picture.height for n in picture.nodes)
    assert len(picture.edges) == len(edges)


def test_a_circle_is_refused_and_unknown_ends_are_left_out() -> None:
    with pytest.raises(ValueError, match="circle"):
        columns([1, 2], [(1, 2), (2, 1)])
    assert layout([1], [(1, 9), (9, 1)]).edges == []
    assert layout([], []).nodes == []


def states(build: Build, tasks: list[Task]) -> dict[str, tuple[str, int]]:
    return {p.phase.value: (p.state, p.percent) for p in phases_of(build, tasks)}


def test_phases_follow_their_tasks() -> None:
    tasks = [
        Task(phase=Phase.UNDERSTAND, state=TaskState.SUCCEEDED),
        Task(phase=Phase.IMPLEMENT, state=TaskState.SUCCEEDED, progress=100),
        Task(phase=Phase.IMPLEMENT, state=TaskState.RUNNING, progress=50),
    ]
    running = states(Build(state=BuildState.RUNNING, phase=Phase.IMPLEMENT), tasks)
    assert running["understand"] == ("succeeded", 100)
    assert running["research"] == ("succeeded", 100)  # without a task, but passed
    assert running["implement"] == ("running", 75)
    assert running["deliver"] == ("pending", 0)
    tasks[2].state = TaskState.FAILED
    failed = states(Build(state=BuildState.FAILED, phase=Phase.IMPLEMENT), tasks)
    assert failed["implement"] == ("failed", 100)
    assert failed["deliver"] == ("cancelled", 0)
    assert states(Build(state=BuildState.SUCCEEDED, phase=Phase.DELIVER), tasks)["refine"] == ("succeeded", 100)
    assert sum(p.weight for p in phases_of(Build(), [])) == sum(PHASE_WEIGHT.values()) == 100


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago"), (-90, "in 1 min")],
)
def test_times_are_told_in_their_largest_unit(seconds: int, text: str) -> None:
    assert ago(NOW - dt.timedelta(seconds=seconds), NOW) == text


def test_durations() -> None:
    assert lasted(NOW, NOW + dt.timedelta(seconds=67)) == "1:07"
    assert lasted(NOW, NOW + dt.timedelta(seconds=3600 * 2 + 239)) == "2:03:59"
    assert lasted(None, NOW) == "–"
    assert lasted(NOW, NOW + dt.timedelta(milliseconds=430)) == "0.4 s"
    assert lasted(NOW, NOW + dt.timedelta(milliseconds=9960)) == "0:09"
    assert [milliseconds(v) for v in (None, 340, 2100)] == ["–", "340 ms", "2.1 s"]


def test_paths_become_folders() -> None:
    root = folder_tree(["src/a/b.py", "README.md", "src/c.py"])
    assert [f.path for f in root.folders] == ["src"]
    assert root.files == [("README.md", "README.md")]
    assert root.folders[0].files == [("c.py", "src/c.py")]
    assert root.folders[0].folders[0].path == "src/a"


@pytest.mark.parametrize("path", ["a.py", "a.unknown", "Dockerfile", "page.html"])
def test_source_is_escaped_and_has_no_inline_style(path: str) -> None:
    html = highlighted(path, "<script>alert('x')</script>\n")
    assert "<script" not in html
    assert "style=" not in html
    assert 'id="L-1"' in html


def test_a_very_long_file_stays_plain() -> None:
    assert 'class="kn"' not in highlighted("a.py", "import os\n" + "x" * HIGHLIGHT_MAX)
    assert 'class="gi"' in highlighted_diff("+added <b>\n")
    assert "<b>" not in highlighted_diff("+added <b>\n")
