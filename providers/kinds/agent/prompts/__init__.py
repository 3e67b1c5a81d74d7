"""The words that models are asked with, one file each; `$name` stands for what is filled in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(name: str) -> Template:
    return Template(files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8"))


def prompt(name: str, **values: str) -> str:
    """The prompt of that name, filled in. Raises KeyError for a value that it wants and did not get."""
    return _template(name).substitute(values).strip()
