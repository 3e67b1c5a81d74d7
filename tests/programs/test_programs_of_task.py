"""Programs on a task's files, as the port starts them; their homes, and what they may do to the host from inside."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from django.utils import timezone

from autodev.contracts.program import APP, HOME, Program, RunningProgram
from autodev.lib import aio
from autodev.sandbox.backends import RefusingBackend
from autodev.sandbox.toolchain import python_toolchain
from autodev.sandbox.types import SandboxUnavailable
from projects.models import Build
from projects.pipeline import proof
from projects.pipeline.programs import HOME_NAME, homes_root, remove_homes
from projects.repository.errors import RepositoryError
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.kinds.programs.session import GATEWAY_PORT, Gateway, home_of, session, word_of
from providers.kinds.programs.version import version_of
from providers.models import JobToken
from tests.programs.conftest import Here

PORT = 8500
# Providers whose names come to the same letters, or are longer than a folder's.
ALIKE = [
    ("opencode", "a b"), ("opencode", "a-b"), ("opencode", "a_b"), ("opencode", "A-b"), ("opencode-a", "b"),
    ("opencode", "n" * 60 + "1"), ("opencode", "n" * 60 + "2"), ("opencode", ""), ("opencode", "ä"), ("-", "-"),
]  # fmt: skip
# Does what it is told, a shell command a connection, and answers with what that says.
SHELL = """
import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = server.accept()
    said = connection.recv(4000).decode()
    if said:
        done = subprocess.run(["sh", "-c", said], capture_output=True, text=True)
        connection.sendall((done.stdout + done.stderr or "-").encode())
    connection.close()
"""


def program(tmp_path: Path, **more: object) -> Program:
    python = python_toolchain(tmp_path).program
    values = {"argv": [python, "-c", SHELL, str(PORT)], "port": PORT, "home": "shell", "wall_s": 120.0, **more}
    return Program(**values)  # type: ignore[arg-type]


def asked(running: RunningProgram, command: str) -> str:
    with running.connect() as connection:
        connection.sendall(command.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer.decode()


def with_one(here: Here, one: Program, *commands: str) -> list[str]:
    """Starts it, gives it the commands, ends it."""

    job = here.job()

    async def work() -> list[str]:
        running = await job.ports.programs.start(one)
        try:
            assert await running.ready(60), running.output()
            return [await asyncio.to_thread(asked, running, text) for text in commands]
        finally:
            result = await running.stop()
            assert result.status == "killed"
            assert not running.alive

    return aio.run(work())


@pytest.mark.feature("F2.2")
def test_it_works_on_the_files_and_keeps_its_home(here: Here, tmp_path: Path) -> None:
    pwd, listed, _, path = with_one(
        here, program(tmp_path), "pwd; echo $HOME", "ls", "echo kept > ~/note; echo new > probe/new.txt", "echo $PATH"
    )
    assert pwd.split() == [APP, HOME]
    assert listed.split() == ["README.md", "probe"]
    assert path.startswith("/opt/venv/bin:")
    assert here.text("probe/new.txt") == "new\n"
    here.restarted()
    assert "probe/new.txt" not in here.ctx.workspace.paths()  # no snapshot was taken
    assert with_one(here, program(tmp_path), "cat ~/note; rm ~/note; ls ~")[0] == "kept\n"
    assert (homes_root() / str(here.row.pk) / "shell").stat().st_mode & 0o777 == 0o700


@pytest.mark.feature("F2.2")
def test_homes_go_when_their_build_has_ended(here: Here, tmp_path: Path) -> None:
    home = homes_root() / str(here.row.pk) / "shell"
    home.mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (home / "link").symlink_to(outside)
    (homes_root() / "not-a-task").mkdir()
    gone = homes_root() / "01a1fc31-3bc2-73d7-a0f1-348ba2449fe9"
    gone.mkdir()
    assert remove_homes() == 1
    assert home.is_dir()
    assert not gone.exists()
    Build.objects.filter(pk=here.pipeline.build.pk).update(finished_at=timezone.now())
    assert remove_homes() == 1
    assert not home.parent.exists()
    assert (outside / "kept").exists()
    assert (homes_root() / "not-a-task").is_dir()


@pytest.mark.parametrize("name", ["", "../other", "a/b", ".hidden", "A", "x" * 64])
def test_a_home_has_a_plain_name(here: Here, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a home's name"):
        with_one(here, program(tmp_path, home=name))


@pytest.mark.feature("F2.2")
def test_links_that_it_plants_lead_the_host_nowhere(here: Here, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("of the host")
    with_one(
        here,
        program(tmp_path),
        f"ln -s {secret} probe/a.txt; ln -s {tmp_path} probe/out; rm README.md; ln -s {secret} README.md",
    )
    workspace = here.ctx.workspace
    for path in ("probe/a.txt", "README.md", "probe/out/secret.txt"):
        with pytest.raises(RepositoryError):
            workspace.read(path)
    with pytest.raises(RepositoryError):
        workspace.write("probe/out/new.txt", b"x")
    workspace.write("README.md", b"# Mine\n")
    assert secret.read_text() == "of the host"
    assert workspace.read("README.md") == b"# Mine\n"
    with pytest.raises(RepositoryError, match="out of the project"):
        workspace.snapshot("Planted")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name == "new.txt") == []


@pytest.mark.feature("F2.2")
def test_a_pipe_that_it_plants_does_not_hold_the_host_up(here: Here, tmp_path: Path) -> None:
    with_one(here, program(tmp_path), "mkfifo .README.md.new probe/pipe.txt")
    here.ctx.workspace.write("README.md", b"# Mine\n")
    assert here.ctx.workspace.read("README.md") == b"# Mine\n"
    with pytest.raises(RepositoryError):
        here.ctx.workspace.read("probe/pipe.txt")


def test_what_is_no_program_is_told(here: Here, tmp_path: Path) -> None:
    job = here.job()

    async def work() -> str:
        try:
            running = await job.ports.programs.start(program(tmp_path, argv=["/no/such"]))
            ready = await running.ready(30)
            assert not ready
            return (await running.stop()).status
        except OSError as error:
            return f"setup_error: {error}"

    assert aio.run(work()).startswith("setup_error")


def test_where_there_is_no_sandbox_it_is_not_for_the_job(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "get_backend", lambda: RefusingBackend(["no bubblewrap"]))

    job = here.job()

    async def work() -> None:
        async with session(job, lambda way: program(tmp_path), wall_s=60):
            raise AssertionError

    with pytest.raises(NotForThisJob, match="no bubblewrap"):
        aio.run(work())
    with pytest.raises(SandboxUnavailable):
        with_one(here, program(tmp_path))


@pytest.mark.feature("F2.2", "F2.16")
def test_a_session_has_the_gateway_and_a_token_for_as_long_as_it_lasts(here: Here, tmp_path: Path) -> None:
    ways: list[Gateway] = []
    models = (
        "python3 -c \"import urllib.request as u; print(u.urlopen(u.Request('http://127.0.0.1:4010/v1/models',"
        " headers={'x-api-key': '$TOKEN'})).read().decode())\""
    )

    def made(way: Gateway) -> Program:
        ways.append(way)
        return program(tmp_path, env={"TOKEN": way.token}, outlets={GATEWAY_PORT: way.path})

    job = here.job()

    async def work() -> str:
        async with session(job, made, wall_s=60) as found:
            assert found.errors == ""
            return await aio.in_caller(lambda: asked(found.running, models.replace("$TOKEN", ways[0].token)))

    assert '"id":"a"' in aio.run(work()).replace(" ", "")
    assert not JobToken.objects.filter(revoked_at=None).exists()
    assert not ways[0].path.exists()


def test_a_program_that_ends_at_once_says_why(here: Here, tmp_path: Path) -> None:
    job = here.job()

    async def work() -> None:
        argv = ["sh", "-c", "echo no licence >&2; exit 3"]
        async with session(job, lambda way: program(tmp_path, argv=argv), wall_s=60):
            raise AssertionError

    with pytest.raises(ProviderFailure, match=r"it ended at once: exit 3\. no licence") as failed:
        aio.run(work())
    assert failed.value.kind == "framework_error"


def test_names_of_homes_and_words(here: Here) -> None:
    homes = {home_of(here.target(kind, name=name)) for kind, name in ALIKE}
    assert len(homes) == len(ALIKE)
    assert all(HOME_NAME.fullmatch(home) for home in homes)
    assert home_of(here.target("claude_agent")).startswith("claude-agent-program-")
    assert home_of(here.target("claude_agent")) == home_of(here.target("claude_agent", model="other"))
    assert word_of(here.job(), here.target("x", model="")) == "implement"
    assert word_of(here.job(), here.target("x", model="cheap")) == "cheap"


def test_versions_are_asked_inside(here: Here) -> None:
    assert aio.run(version_of(["sh", "-c", "echo 1.2 of $WHAT; id -u >&2"], {}, {"WHAT": "it"})) == "1.2 of it"
    with pytest.raises(ProviderFailure, match="does not start: broken"):
        aio.run(version_of(["sh", "-c", "echo broken >&2; exit 1"], {}))
