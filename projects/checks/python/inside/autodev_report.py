"""Runs inside the sandbox, as a pytest plug-in: what each failing test said, and where, as JSON lines.

The environment names the file: AUTODEV_REPORT. Paths are relative to the project's root. With AUTODEV_REPORT_PASSED the
names of the tests that passed come, too.
"""

import json
import os
from typing import Any

import pytest

_counts = {"passed": 0, "failed": 0, "error": 0, "skipped": 0}


def _write(entry: dict[str, Any]) -> None:
    with open(os.environ["AUTODEV_REPORT"], "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def _place(report: Any) -> tuple[str, int | None]:
    """The innermost frame that lies in the project; else the test's own line."""
    root = os.getcwd() + os.sep
    entries = getattr(getattr(report.longrepr, "reprtraceback", None), "reprentries", [])
    for entry in reversed(entries):
        location = getattr(entry, "reprfileloc", None)
        if location is None:
            continue
        path = os.path.normpath(os.path.join(root, str(location.path)))
        if path.startswith(root):
            return path[len(root) :], int(location.lineno)
    location = getattr(report, "location", None)
    return (str(location[0]), (location[1] or 0) + 1) if location else (str(report.fspath), None)


def _message(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr)[:2000]


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" or report.outcome != "passed":
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        _counts[outcome] += 1
        if report.passed and os.environ.get("AUTODEV_REPORT_PASSED"):
            _write({"passed": report.nodeid})
        if report.failed:
            file, line = _place(report)
            _write({"test": report.nodeid, "outcome": outcome, "file": file, "line": line, "message": _message(report)})


@pytest.hookimpl(trylast=True)
def pytest_collectreport(report: Any) -> None:
    if report.failed:
        _counts["error"] += 1
        file, line = _place(report)
        _write({"test": report.nodeid, "outcome": "error", "file": file, "line": line, "message": _message(report)})


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: Any) -> None:
    _write({"counts": _counts})
