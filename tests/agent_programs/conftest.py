from tests.agent_programs.fixtures import claude_program, opencode_program
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "claude_program", "lab", "opencode_program"]
