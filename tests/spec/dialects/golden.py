"""Golden files of compiled checks.

`python -m tests.spec.dialects.golden` writes them anew; read the difference before committing.
"""

from __future__ import annotations

from pathlib import Path

from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.scenario import Scenario
from tests.spec.dialects.specs import CASES, SPECS

FOLDER = Path(__file__).parent / "golden"


def path_of(name: str, scenario: Scenario, dialect: str) -> Path:
    return FOLDER / f"{name}.{scenario.id}.{dialect}.json"


def compiled(name: str, scenario: Scenario, dialect: str) -> str:
    check = compile_scenario(SPECS[name][0], scenario, dialect=dialect)
    return check.model_dump_json(indent=1, exclude_defaults=True) + "\n"


if __name__ == "__main__":
    for case in CASES:
        path_of(*case).write_text(compiled(*case))
