"""`python -m tests.cassettes.build --model openai/NAME "IDEA"`: a build whose model is behind the recorder or player.

The address comes from OPENAI_BASE_URL, or ANTHROPIC_BASE_URL for `anthropic/…`, as the recorder sets them. It has a
data folder of its own, so that nothing of the workspace's configuration changes; the folder is kept for the next time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

MAIN = "from autodev.cli import main; main()"


def models_yaml(model: str, address: str, key: str, *, plain: bool) -> str:
    """A configuration with this model, then the blueprint. `key` is the variable with its key. `plain`: nothing but
    chat completions is asked of it."""
    provider: dict[str, Any] = {"kind": "litellm", "model": model, "api_base": address, "keys": [f"env:{key}"]}
    if plain:
        provider["capabilities"] = ["streaming"]
    providers = {"model": provider, "blueprint": {"kind": "blueprint", "emergency": True, "needs_key": False}}
    document = {"version": 1, "providers": providers, "chains": {"default": {"providers": list(providers)}}}
    return yaml.safe_dump(document, sort_keys=False)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cassettes.build", description=__doc__)
    parser.add_argument("idea")
    parser.add_argument("--model", required=True, help="as litellm names it: openai/…, anthropic/…")
    parser.add_argument("--out", type=Path, required=True, help="where the repository goes")
    parser.add_argument("--plain", action="store_true", help="no tools and no JSON mode are asked of it")
    chosen = parser.parse_args(arguments)
    maker = "ANTHROPIC" if chosen.model.startswith("anthropic/") else "OPENAI"
    variable = f"{maker}_BASE_URL"
    address = os.environ.get(variable)
    if not address:
        parser.error(f"{variable} is not set; run it behind `python -m tests.cassettes record` or `replay`")
    data = Path(os.environ.get("AUTODEV_DATA", ".autodev")) / "cassettes"
    data.mkdir(parents=True, exist_ok=True)
    models = data / "cassette.yaml"
    models.write_text(models_yaml(chosen.model, address, f"{maker}_API_KEY", plain=chosen.plain))
    environment = {**os.environ, "AUTODEV_DATA": str(data.resolve())}
    for command in (["models", "import", str(models)], ["build", chosen.idea, "--out", str(chosen.out)]):
        code = subprocess.run([sys.executable, "-c", MAIN, *command], env=environment, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
