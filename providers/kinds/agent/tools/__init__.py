"""The agent's tools: what they look like to a model, and what they do to the files of the task."""

from providers.kinds.agent.tools.box import Done, Toolbox
from providers.kinds.agent.tools.specs import READ_ONLY, SLOW, schemas, specs

__all__ = ["READ_ONLY", "SLOW", "Done", "Toolbox", "schemas", "specs"]
