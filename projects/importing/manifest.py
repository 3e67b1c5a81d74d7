"""What is known of an imported repository, in the form in which blueprints say it of their products."""

from __future__ import annotations

from autodev.blueprints.manifest import Manifest, Requirements
from projects.importing.layout import Layout

NAME = "imported"


def manifest_of_layout(layout: Layout, *, title: str) -> Manifest:
    """The manifest: how it is installed and tested, and that nobody knows how it is started."""
    return Manifest(
        name=NAME, title=title[:120] or "Imported repository", summary="A repository that came with its own code.",
        language=layout.language, framework="", project_types=["unknown"], dialect=None,
        requirements=Requirements(runtime=list(layout.requirements)), python=layout.python, source=layout.source,
        tests=layout.tests or ".", hidden=True,
    )  # fmt: skip
