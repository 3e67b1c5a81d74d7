"""The words that models are asked with: `<name>/<version>/` holds a prompt, the schema of its answer, examples and what
is told about it. docs/prompts.md says how they are used, pinned and compared."""

from providers.prompts.library import UnknownPrompt, get, names, newest, version, versions
from providers.prompts.prompt import Example, Prompt

__all__ = ["Example", "Prompt", "UnknownPrompt", "get", "names", "newest", "version", "versions"]
