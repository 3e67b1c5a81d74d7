"""`AutonomousCoder` as seeds 003 show it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tests.doors.conftest import Cli

pytestmark = pytest.mark.slow


def run(cli: Cli, program: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(
        command, cwd=cli.cwd, env=cli.environment, capture_output=True, text=True, timeout=840, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_loads_neither_django_nor_the_pipeline(cli: Cli) -> None:
    loaded = run(cli, "import autodev, sys; print([m for m in ('django', 'projects', 'litellm') if m in sys.modules])")
    assert loaded.strip() == "[]"


@pytest.mark.feature("F1.1", "F1.2")
def test_build_inside_a_running_event_loop_gives_a_result(cli: Cli) -> None:
    said = run(
        cli,
        """
        import asyncio
        from autodev import AutonomousCoder

        async def main():
            result = AutonomousCoder().build("A todo app", blueprint="probe", output_path="out")
            print(result.state, result.project_path, result.metrics.tests, result.tech_stack["pytest"] != "")

        asyncio.run(main())
        """,
    )
    assert said.split() == ["degraded", "out", "3", "True"]


@pytest.mark.feature("F1.1")
def test_progress_never_falls_and_ends_with_the_result(cli: Cli) -> None:
    said = run(
        cli,
        """
        import asyncio
        from autodev import AutonomousCoder

        async def monitor_build():
            coder = AutonomousCoder()
            seen = [p async for p in coder.build_with_progress("A todo app", blueprint="probe")]
            numbers = [p.percentage for p in seen]
            assert numbers == sorted(numbers), numbers
            assert len(seen) > 3
            assert [p.result is not None for p in seen] == [False] * (len(seen) - 1) + [True]
            print(seen[-1].percentage, seen[-1].result.project_path.name)

        asyncio.run(monitor_build())
        """,
    )
    percentage, folder = said.split()
    assert percentage == "100"
    assert (cli.cwd / folder / "README.md").is_file()


def test_closing_the_stream_cancels_the_build(cli: Cli) -> None:
    said = run(
        cli,
        """
        import asyncio
        from autodev import AutonomousCoder

        async def main():
            stream = AutonomousCoder().build_with_progress("A todo app", blueprint="probe")
            first = await anext(stream)
            await stream.aclose()
            from projects.models import Build
            build = await Build.objects.aget(pk=first.build_id)
            print(build.state)

        asyncio.run(main())
        """,
    )
    assert said.strip() == "cancelled"
