from tests.agent_programs.fixtures import claude_program, opencode_program
from tests.cast import cast
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "cast", "claude_program", "lab", "opencode_program"]
