"""What imports leave on the disk goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autodev.lib import clock
from projects.engine import housekeeping
from projects.pipeline.import_leftovers import FETCHING_S, KEPT_S, remove_leftovers
from projects.services.importing import store_upload, uploads

pytestmark = [pytest.mark.feature("F1.13"), pytest.mark.django_db]


def _aged(path: Path, by_s: float) -> Path:
    then = clock.utcnow().timestamp() - by_s
    os.utime(path, (then, then))
    return path


def test_files_and_places_of_imports_that_are_over_go(data_dir: Path) -> None:
    assert remove_leftovers() == 0
    fresh, old = (Path(store_upload("a.bundle", [b"# v2 git bundle\n"]).where) for _ in range(2))
    _aged(fresh, KEPT_S - 60)
    _aged(old, KEPT_S + 60)
    under_way, killed = uploads() / "fetch-1-a", uploads() / "fetch-2-b"
    for place in (under_way, killed):
        (place / "alone").mkdir(parents=True)
    _aged(killed, FETCHING_S + 60)
    assert remove_leftovers() == 2
    assert sorted(uploads().iterdir()) == sorted([fresh, under_way])
    assert "imports" in [chore.name for chore in housekeeping._registered]
