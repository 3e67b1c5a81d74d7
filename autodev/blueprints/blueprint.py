"""A blueprint: its manifest, its folder, and how a Spec becomes files."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autodev.blueprints.manifest import Manifest
from autodev.blueprints.python.formatting import format_python
from autodev.blueprints.render import Rendering, render_folder
from autodev.spec.schema import Spec


@dataclass(frozen=True)
class Blueprint:
    """A folder of templates with its manifest. `package` is the Python package whose `context.rendering` feeds them."""

    manifest: Manifest
    folder: Path
    package: str

    @property
    def name(self) -> str:
        return self.manifest.name

    def render(self, spec: Spec, *, pins: Mapping[str, str], lock: str | None) -> dict[str, str]:
        """Path → text of the whole project, Python formatted; the same Spec, pins and lock give the same files.

        `pins` maps a requirement's name as it stands in the manifest (`sqlalchemy`, `psycopg[binary]`) to a version;
        `lock` is the text of `requirements.lock`. Raises BlueprintError.
        """
        context = importlib.import_module(f"{self.package}.context")
        rendering: Rendering = context.rendering(spec)
        variables: dict[str, Any] = {
            **rendering.variables,
            "spec": spec,
            "manifest": self.manifest,
            "pins": dict(pins),
            "locked": lock is not None,
        }
        files = render_folder(self.folder, Rendering(variables, rendering.names, rendering.each, rendering.skip))
        if lock is not None:
            files["requirements.lock"] = lock
        return dict(sorted(format_python(files).items()))
