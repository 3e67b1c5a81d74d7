"""Writes `schema.json` of every version from the pydantic model of its answer: `python -m providers.prompts`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from providers.prompts.forms import form_named, schema_of
from providers.prompts.library import ROOT


def write_schemas(root: Path = ROOT) -> list[Path]:
    """The files that were written or changed."""
    changed: list[Path] = []
    for meta in sorted(root.glob("*/*/meta.yaml")):
        form = form_named(yaml.safe_load(meta.read_text(encoding="utf-8"))["form"])
        text = json.dumps(schema_of(form), indent=1, ensure_ascii=False) + "\n"
        path = meta.with_name("schema.json")
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    sys.stdout.writelines(f"{path}\n" for path in write_schemas())
