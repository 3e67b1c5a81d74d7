"""Runs inside the sandbox: parse every Python file below the current directory; one JSON document out.

Argument: the source folder, whose imports are listed.

{"files": n, "errors": [{"file", "line", "column", "message"}], "imports": [top-level and dotted names]}
"""

import ast
import json
import os
import sys
import warnings

SKIPPED = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def imported(tree: ast.AST) -> "set[str]":
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return names


def main() -> None:
    measured = os.path.join(sys.argv[1], "")
    warnings.simplefilter("ignore")
    errors: list[dict[str, object]] = []
    imports: set[str] = set()
    count = 0
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(names):
            if not name.endswith((".py", ".pyi")):
                continue
            path = os.path.relpath(os.path.join(folder, name), ".")
            count += 1
            try:
                with open(path, "rb") as file:
                    source = file.read()
                tree = ast.parse(source, filename=path)
                compile(tree, path, "exec", dont_inherit=True)
                if path.startswith(measured):
                    imports |= imported(tree)
            except SyntaxError as error:
                errors.append({"file": path, "line": error.lineno, "column": error.offset, "message": error.msg})
            except (ValueError, RecursionError, MemoryError, OSError) as error:
                errors.append({"file": path, "line": 1, "column": 1, "message": f"{type(error).__name__}: {error}"})
    print(json.dumps({"files": count, "errors": errors, "imports": sorted(imports)}))


main()
