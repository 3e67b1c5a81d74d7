"""What a build has delivered beside its repository."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from autodev.accounts.errors import NotFound
from projects.models import Build
from projects.selectors.export import evidence_export


def delivered(build: Build, kind: str) -> tuple[str, bytes] | None:
    """(name, bytes) of the artefact that was made of the head; None where there is none or its file is gone."""
    row = build.artifacts.filter(kind=kind, commit=build.head).exclude(commit="").first()
    if row is None:
        return None
    try:
        return row.name, (Path(settings.AUTODEV_DATA) / row.path).read_bytes()
    except OSError:
        return None


def evidence_file_of(build: Build) -> tuple[str, bytes]:
    """(name, bytes) of the evidence at the head as one JSON document: the one delivered, else as it is now. Raises
    NotFound before the first commit."""
    if not build.head:
        raise NotFound("There is no evidence yet.", hint="The build has made no commit.")
    return delivered(build, "evidence") or (evidence_name(build), evidence_bytes(build))


def evidence_name(build: Build) -> str:
    return f"evidence-{build.head[:12]}.json"


def evidence_bytes(build: Build) -> bytes:
    return json.dumps(evidence_export(build), indent=2, default=str).encode()
