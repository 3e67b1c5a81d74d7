"""The sample passes every rung; break one thing, and exactly the rung that watches it is red, at the right place."""

from __future__ import annotations

import pytest

from projects.checks.types import LadderReport
from tests.checks import sample
from tests.checks.conftest import Climb, red, rung
from tests.checks.sample import changed

pytestmark = pytest.mark.feature("F1.11")

UNTESTED = '''"""Nothing calls this."""


def unused(number: int) -> int:
    first = number + 1
    second = first * 2
    third = second - 3
    fourth = third + 4
    fifth = fourth * 5
    sixth = fifth - 6
    seventh = sixth + 7
    eighth = seventh * 8
    ninth = eighth - 9
    return ninth
'''


def place(report: LadderReport, key: str) -> tuple[str, int | None, str]:
    first = rung(report, key).findings[0]
    return first.file, first.line, first.rule


def test_the_sample_passes_everything_that_can_run(climb: Climb) -> None:
    report = climb()
    assert report.ok, [(r.key, r.reason, r.findings) for r in report.rungs if r.status != "passed"]
    assert [r.key for r in report.rungs] == [
        "parse", "install", "types", "tests", "lint", "security", "secrets", "dependencies", "smoke",
    ]  # fmt: skip
    assert report.level.name == "PROCESS"
    assert rung(report, "tests").metrics["coverage"] >= 80
    assert rung(report, "tests").metrics["passed"] == 2
    smoke = rung(report, "smoke").metrics
    assert smoke["requests"] == 200
    assert 0 < smoke["p50_ms"] <= smoke["p95_ms"]
    assert {"mypy", "ruff", "bandit", "pytest"} <= report.tools.keys()


def test_a_syntax_error_is_parse_and_stops_what_needs_it(climb: Climb) -> None:
    report = climb(changed("counter/main.py", "def health() -> dict[str, str]:", "def health() -> dict[str, str]"))
    assert red(report) == {"parse"}
    assert place(report, "parse") == ("counter/main.py", 16, "syntax")
    assert {
        r.key: r.reason for r in report.rungs if r.status == "not_run" and r.key != "dependencies"
    } == dict.fromkeys(("types", "tests", "lint", "security", "smoke"), "needs parse")


def test_a_project_without_python_is_red(climb: Climb) -> None:
    report = climb(dict.fromkeys([name for name in sample.FILES if name.endswith(".py")]), only={"parse"})
    assert place(report, "parse") == ("", None, "empty")


def test_a_pin_that_does_not_exist_is_install(climb: Climb) -> None:
    report = climb(lock="fastapi==999.0.0\n", only={"install", "types"})
    assert red(report) == {"install"}
    assert rung(report, "install").findings[0].rule == "install.unsatisfiable"
    assert rung(report, "types").reason == "needs install"


def test_a_changed_file_behind_a_pin_is_install(climb: Climb, lock: str) -> None:
    broken = "".join(
        line[: line.index("sha256:") + 7] + "0" * 64 + "\n" if "sha256:" in line and "\\" not in line else line
        for line in lock.splitlines(keepends=True)
    )
    report = climb(lock=broken, only={"install"})
    assert rung(report, "install").findings[0].rule == "install.hash_mismatch"


def test_a_wrong_type_is_types(climb: Climb) -> None:
    report = climb(changed("counter/store.py", "total = read() + step", "total: str = read() + step"))
    assert red(report) == {"types"}
    assert place(report, "types") == ("counter/store.py", 19, "assignment")


def test_a_broken_rule_is_tests(climb: Climb) -> None:
    report = climb(changed("counter/store.py", "if step < 1:", "if step < 0:"))
    assert red(report) == {"tests"}
    finding = rung(report, "tests").findings[0]
    assert (finding.file, finding.line, finding.rule) == ("tests/test_counter.py", 23, "test.failed")
    assert "test_refuses_a_step_below_one" in finding.message


def test_an_exception_is_placed_where_the_project_raised_it(climb: Climb) -> None:
    report = climb(changed("counter/store.py", "total = read() + step", "total = read() + step // 0"), only={"tests"})
    assert place(report, "tests") == ("counter/store.py", 19, "test.failed")


def test_a_missing_module_is_an_error_of_collection(climb: Climb) -> None:
    report = climb({"tests/test_more.py": "import nowhere_to_be_found\n"}, only={"tests"})
    finding = rung(report, "tests").findings[0]
    assert (finding.file, finding.rule) == ("tests/test_more.py", "test.error")
    assert "nowhere_to_be_found" in finding.message


def test_untested_code_is_tests_by_coverage(climb: Climb) -> None:
    report = climb({"counter/unused.py": UNTESTED})
    assert red(report) == {"tests"}
    findings = rung(report, "tests").findings
    assert findings[0].rule == "coverage"
    assert (findings[1].file, findings[1].severity) == ("counter/prepare.py", "warning")
    assert "counter/unused.py" in {f.file for f in findings}


def test_no_test_at_all_is_tests(climb: Climb) -> None:
    report = climb({"tests/test_counter.py": None}, only={"tests"})
    assert place(report, "tests") == ("tests", None, "no-tests")


def test_tests_that_end_the_process_are_red(climb: Climb) -> None:
    report = climb({"tests/test_more.py": "import os\n\n\ndef test_ends() -> None:\n    os._exit(0)\n"}, only={"tests"})
    assert red(report) == {"tests"}


def test_a_rule_of_ruff_is_lint(climb: Climb) -> None:
    report = climb(changed("counter/store.py", "import os\n", "import json\nimport os\n"))
    assert red(report) == {"lint"}
    assert place(report, "lint") == ("counter/store.py", 3, "F401")


def test_formatting_is_lint(climb: Climb) -> None:
    report = climb(changed("counter/store.py", "total = read() + step", "total = read()  +  step"))
    assert red(report) == {"lint"}
    assert place(report, "lint") == ("counter/store.py", 19, "format")


def test_the_project_cannot_switch_rules_off(climb: Climb) -> None:
    lax = '[tool.ruff]\nexclude = ["."]\n\n[tool.ruff.lint]\nselect = []\n\n[tool.mypy]\nignore_errors = true\n'
    changes = changed("counter/store.py", "import os\n", "import json\nimport os\n")
    changes |= {
        "pyproject.toml": lax,
        "mypy.ini": "[mypy]\nignore_errors = True\n",
        ".bandit": "[bandit]\nskips = B105,B602\n",
    }
    changes |= {"counter/bad.py": 'import subprocess\n\nn: int = "1"\nsubprocess.run("ls " + str(n), shell=True)\n'}
    report = climb(changes, only={"lint", "types", "security"})
    assert red(report) == {"lint", "types", "security"}


def test_a_dangerous_call_is_security(climb: Climb) -> None:
    danger = '"""Runs a command."""\n\nimport subprocess\n\n\ndef run(word: str) -> None:\n'
    danger += '    subprocess.run("echo " + word, shell=True, check=True)\n'
    report = climb({"counter/danger.py": danger}, only={"lint", "types", "security"})
    assert red(report) == {"security"}
    errors = [f for f in rung(report, "security").findings if f.severity == "error"]
    assert [(f.file, f.line, f.rule) for f in errors] == [("counter/danger.py", 7, "B602")]


def test_a_suppressed_finding_is_shown(climb: Climb) -> None:
    quiet = '"""Evaluates."""\n\n\ndef run(word: str) -> object:\n    return eval(word)  # nosec\n'
    report = climb({"counter/quiet.py": quiet}, only={"security"})
    assert [f.rule for f in rung(report, "security").findings] == ["nosec"]


def test_a_credential_is_secrets(climb: Climb) -> None:
    key = "AKIA" + "IOSFODNN7ABCDEFG"
    report = climb({"counter/keys.py": f'"""Keys."""\n\nACCESS = "{key}"\n'})
    assert red(report) == {"secrets"}
    assert place(report, "secrets") == ("counter/keys.py", 3, "aws-access-key")
    assert key not in rung(report, "secrets").excerpt


def test_a_server_that_does_not_start_is_smoke(climb: Climb) -> None:
    guard = (
        'app = FastAPI(title="Counter")\n\nif "COUNTER_FILE" in __import__("os").environ and not store.read() >= 0:\n'
    )
    changes = changed("counter/prepare.py", 'write_text("0")', 'write_text("-1")')
    changes |= changed(
        "counter/main.py", 'app = FastAPI(title="Counter")\n', guard + '    raise SystemExit("no count")\n'
    )
    report = climb(changes)
    assert red(report) == {"smoke"}
    finding = rung(report, "smoke").findings[0]
    assert finding.rule == "smoke.start"
    assert "no count" in finding.hint


def test_a_preparing_command_that_fails_is_smoke(climb: Climb) -> None:
    report = climb(
        changed("counter/prepare.py", 'write_text("0")', 'write_text("0", "no-such-encoding")'), only={"smoke"}
    )
    finding = rung(report, "smoke").findings[0]
    assert finding.rule == "smoke.start"
    assert "counter.prepare" in finding.message
    assert "no-such-encoding" in rung(report, "smoke").excerpt


def test_a_health_that_fails_is_smoke(climb: Climb) -> None:
    sick = changed("counter/main.py", '    return {"status": "ok"}', '    raise HTTPException(503, "sick")')
    finding = rung(climb(sick, only={"smoke"}), "smoke").findings[0]
    assert (finding.rule, finding.message) == ("smoke.health", "GET /health answered 503")
    assert "sick" in finding.hint


def test_an_invalid_openapi_document_is_smoke(climb: Climb) -> None:
    wrong = '@app.get("/openapi.json")\ndef document() -> dict[str, object]:\n'
    wrong += '    return {"openapi": "3.1.0", "paths": {"x": 1}}\n'
    changes = changed("counter/main.py", 'FastAPI(title="Counter")', 'FastAPI(title="Counter", openapi_url=None)')
    text = changes["counter/main.py"]
    assert text is not None
    report = climb({"counter/main.py": text + "\n\n" + wrong}, only={"smoke"})
    assert red(report) == {"smoke"}
    assert rung(report, "smoke").findings[0].rule == "smoke.openapi"
