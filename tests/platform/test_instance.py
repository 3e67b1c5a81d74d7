"""One data directory, one AutoDev; a port that is taken is no reason to stop."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from autodev.up.instance import AlreadyRunning, only_one, running_at
from autodev.up.ports import free_port, is_free
from autodev.up.redis import SOCKET_PATH_MAX, socket_path


def test_a_second_start_on_the_same_data_is_told_where_the_first_is(tmp_path: Path) -> None:
    with only_one(tmp_path) as first:
        first.publish("http://127.0.0.1:8000/")
        with pytest.raises(AlreadyRunning, match=r"at http://127\.0\.0\.1:8000/"), only_one(tmp_path):
            pass
        assert running_at(tmp_path) == "http://127.0.0.1:8000/"
    assert running_at(tmp_path) is None
    with only_one(tmp_path):
        pass


def test_other_data_is_another_autodev(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with only_one(tmp_path / "a"), only_one(tmp_path / "b"):
        pass


def test_the_next_free_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert free_port("127.0.0.1", port) > port


def test_the_socket_of_a_deep_data_directory_lies_elsewhere(tmp_path: Path) -> None:
    assert socket_path(tmp_path).parent == tmp_path / "redis"
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    assert len(str(socket_path(deep))) <= SOCKET_PATH_MAX
