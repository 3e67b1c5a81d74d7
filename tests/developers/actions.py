"""What a developer does, told without the words of any agent's tools. Paths are relative to the project's root."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Read:
    path: str


@dataclass(frozen=True)
class Write:
    path: str
    content: str


@dataclass(frozen=True)
class Edit:
    """The one place where `old` stands becomes `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Delete:
    path: str


@dataclass(frozen=True)
class Run:
    """A line of shell."""

    command: str


@dataclass(frozen=True)
class Check:
    """The ladder where there is a tool for it, else `command`."""

    command: str = "python -m pytest -q"


@dataclass(frozen=True)
class Cut:
    """An action whose arguments break off after so many characters, because the model's output was at its end."""

    action: Write | Edit
    after: int = 60


@dataclass(frozen=True)
class Finish:
    """The end: a tool where there is one, words alone where not."""

    summary: str
    left_open: tuple[str, ...] = ()


Action = Read | Write | Edit | Delete | Run | Check | Cut | Finish


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an action gave. `text` is empty where the agent has left it out of the conversation by now. `heard` is what
    users, checks or the agent itself said behind the step."""

    text: str = ""
    error: bool = False
    heard: str = ""

    @property
    def red(self) -> bool:
        """Whether it tells of checks or tests that failed."""
        if "all checks are green" in self.text.casefold():
            return False
        return self.error or any(word in self.text for word in ("failed", "FAILED", "Traceback", "error:"))
