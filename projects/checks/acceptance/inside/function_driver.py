"""Calls functions of the product and tells what came: a JSON line after the nonce that standard input gave.

Standard input: `{"nonce", "calls": [{"target", "args", "kwargs"}]}`. Each answer is `{"returned"}` with a JSON
value, or `{"raised", "message"}` with the names of the exception's classes, the closest first.
"""

import importlib
import json
import sys
from typing import Any


def call(target: str, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    module, _, name = target.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return {"returned": found(*args, **kwargs)}
    except Exception as error:  # noqa: BLE001 - whatever the product raises is the answer
        return {"raised": [kind.__name__ for kind in type(error).__mro__], "message": str(error)[:500]}


def main() -> None:
    asked = json.load(sys.stdin)
    answers = [call(one["target"], one["args"], one["kwargs"]) for one in asked["calls"]]
    sys.stdout.write("\n" + asked["nonce"] + json.dumps(answers, default=str) + "\n")


main()
