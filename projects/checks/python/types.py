"""mypy --strict on the source package, with the platform's configuration."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

from autodev.blueprints.manifest import Manifest
from projects.checks.context import TOOLS, VENV, CheckContext, require_tool_exit
from projects.checks.project_files import kind, read_text
from projects.checks.python.mypy_seed import copy_into, required_modules, seed
from projects.checks.types import FindingData, RungResult

_CONFIG = "/run/autodev/mypy.ini"
_HINTS = {
    "import-not-found": "Add the package to the requirements, or correct the module's name.",
    "import-untyped": "Add the package's type stubs to the development requirements.",
    "no-untyped-def": "Annotate the arguments and the result.",
    "attr-defined": "The name does not exist there: check its spelling or the package's version.",
}


class Types:
    key = "types"
    title = "Types"
    position = 30
    needs = ("parse", "install")
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        own = ctx.project_has("bin/mypy")
        interpreter = f"{VENV}/bin/python" if own else f"{TOOLS}/bin/python"
        if not own:
            ctx.tool("mypy")
        config = configuration(ctx, plugins=own)
        program = [
            interpreter, "-m", "mypy", "--config-file", _CONFIG, "--cache-dir", "/workspace/mypy", "--output", "json",
            "--python-executable", f"{VENV}/bin/python",
        ]  # fmt: skip
        # The Django plug-in needs the project's own settings, so nothing can be made without them; its stubs are quick.
        kept = None if b"mypy_django_plugin" in config else self._seed(ctx, program, config)
        with ctx.workspace() as workspace:
            if kept:
                copy_into(kept, workspace)
            done = ctx.run(
                [*program, ctx.manifest.source],
                workspace=workspace,
                phase="test",
                project=True,
                files={_CONFIG: config},
            )
        require_tool_exit(done, good=(0, 1, 2))
        findings = parse_mypy(done.stdout)
        said = "\n".join(f"{f.place}: {f.severity}: {f.message} [{f.rule}]" for f in findings) or done.stderr
        if done.exit_code == 2 and not any(f.severity == "error" for f in findings):
            first = next((line for line in (done.stderr + done.stdout).splitlines() if line.strip()), "mypy crashed")
            findings.append(FindingData(rule="mypy", message=first[:500]))
        return ctx.answer(self.key, "passed" if done.ok else "failed", findings=findings, said=said)

    def _seed(self, ctx: CheckContext, program: list[str], config: bytes) -> Path:
        """The cache to begin with. What the blueprint requires is always in it, so that its projects share one."""
        parsed = ctx.earlier.get("parse")
        imports = parsed.metrics.get("imports", ()) if parsed else ()
        kept = seed(ctx, program=program, config=config, imports=[*_foreign(ctx, imports), *required_modules(ctx)])
        ctx.runs.clear()  # what it printed is about the packages
        return kept


def parse_mypy(output: str) -> list[FindingData]:
    """Findings of `--output json`; notes become hints of the error before them at the same place."""
    findings: list[FindingData] = []
    for line in output.splitlines():
        entry = _entry(line)
        if entry is None:
            continue
        code = entry.get("code") or "misc"
        findings.append(
            FindingData(
                rule=code, message=entry["message"], severity="error" if entry["severity"] == "error" else "info",
                file=str(PurePosixPath(entry["file"])), line=max(1, entry["line"]), column=max(0, entry["column"]) + 1,
                hint=(entry.get("hint") or _HINTS.get(code, "")).strip(),
            )
        )  # fmt: skip
    return findings


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return (
        entry if isinstance(entry, dict) and {"file", "line", "column", "message", "severity"} <= entry.keys() else None
    )


def _foreign(ctx: CheckContext, imports: object) -> list[str]:
    """The imports that neither the project nor the standard library has."""
    if not isinstance(imports, list | tuple):
        return []
    return [name for name in imports if not _is_own(ctx, name.split(".")[0])]


def _is_own(ctx: CheckContext, top: str) -> bool:
    folders = (".", ctx.manifest.source, str(PurePosixPath(ctx.manifest.source).parent), ctx.manifest.tests)
    places = [f"{folder}/{name}" for folder in folders for name in (top, f"{top}.py")]
    return top in sys.stdlib_module_names or any(kind(ctx.root, place) != "none" for place in places)


def configuration(ctx: CheckContext, *, plugins: bool) -> bytes:
    """Strict; plug-ins only where mypy comes from the project's own layer, whose versions they fit."""
    parent = PurePosixPath(ctx.manifest.source).parent
    lines = ["[mypy]", "strict = True", f"mypy_path = /workspace/app/{parent}", "exclude = (^|/)migrations/"]
    wanted = []
    if plugins and ctx.project_has("lib/python*/site-packages/pydantic/mypy.py"):
        wanted.append("pydantic.mypy")
    module = _django_settings(ctx)
    if plugins and module and ctx.project_has("lib/python*/site-packages/mypy_django_plugin"):
        wanted.append("mypy_django_plugin.main")
        lines += ["[mypy.plugins.django-stubs]", f"django_settings_module = {module}"]
    if wanted:
        lines.insert(1, f"plugins = {', '.join(wanted)}")
    return ("\n".join(lines) + "\n").encode()


def _django_settings(ctx: CheckContext) -> str:
    """The settings module, from how the manifest starts the app, else from the project's own configuration."""
    named = ctx.manifest.run.env.get("DJANGO_SETTINGS_MODULE", "") if ctx.manifest.run else ""
    if not named:
        try:
            data = tomllib.loads(read_text(ctx.root, "pyproject.toml"))
            named = str(data.get("tool", {}).get("django-stubs", {}).get("django_settings_module", ""))
        except (tomllib.TOMLDecodeError, AttributeError):
            named = ""
    return named if named.replace(".", "").replace("_", "").isalnum() else ""


RUNG = Types()
