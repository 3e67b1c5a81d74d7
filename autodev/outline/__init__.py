"""A map of a project for whoever works on it: which files define what, the most relevant for a task first.

    text = project_map(paths, read, task="Tags for todos", tokens=tokens_of, budget=4000)

Definitions and references come from tree-sitter (Python, JavaScript, TypeScript, Go, Rust, Java, Kotlin); files of
other kinds are named only. Files are ranked by a personalised PageRank over who refers to whom, in which what the task
names weighs more. Parsing is bounded in bytes, nodes and seconds, so that a hostile file costs its own place only.
"""

from autodev.outline.map import MapLimits, project_map
from autodev.outline.parse import Definition, Outline, outline_of
from autodev.outline.skipping import skipped

__all__ = ["Definition", "MapLimits", "Outline", "outline_of", "project_map", "skipped"]
