"""The scripted developers in our agent's plain-text protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.kinds.agent import textual
from tests.developers import Action, Developer, Edit, Read, Write, checking, good, injected, looping, order, truncating
from tests.providers_lab.answers import Asked

GO_ON = "Your answer was cut off at the output limit. Go on exactly where it stopped, without repeating anything."
PLAN: list[Action] = [Edit("app.py", "hello", "welcome"), Write("notes.md", "# Notes\n@@end of all\n")]


class TextAgent:
    """Reads calls in text from answers and carries them out on files in memory; asks for the rest where one was cut."""

    def __init__(self) -> None:
        self.files = {"app.py": "print('hello')\n"}
        self.wrong: list[str] = []
        self.messages: list[dict[str, Any]] = [
            {"role": "system", "content": f"You are careful.\n\n{textual.instructions()}"},
            {"role": "user", "content": "Do it."},
        ]
        self.turns = 0

    def work(self, developer: Developer, turns: int = 20) -> str:
        for number in range(turns):
            self.turns = number + 1
            text = self.said(developer)
            spoken = textual.read(text, turn=f"t{number}")
            calls = [textual.written(c["name"], json.loads(c["arguments"])) for c in spoken.calls]
            self.say("assistant", "\n".join([spoken.text, *calls]))
            if spoken.wrong:
                self.wrong.append(spoken.wrong)
                self.say("user", f"Nothing was carried out: {spoken.wrong}")
                continue
            told = []
            for at, call in enumerate(spoken.calls, start=1):
                values = json.loads(call["arguments"])
                if call["name"] == "finish":
                    return str(values["summary"])
                told.append(textual.result(call["name"], at, self.carry_out(call["name"], values)))
            self.say("user", "\n".join(told))
        return ""

    def said(self, developer: Developer) -> str:
        answer = developer(self.asked(self.messages))
        text = answer.text
        while answer.finish == "length":
            cut = [*self.messages, {"role": "assistant", "content": text}, {"role": "user", "content": GO_ON}]
            answer = developer(self.asked(cut))
            text += answer.text
        return text

    def asked(self, messages: list[dict[str, Any]]) -> Asked:
        body = {"messages": messages}
        return Asked(wire="openai", path="", model="m", stream=False, key="", headers={}, body=body)

    def say(self, role: str, content: str) -> None:
        self.messages.append({"role": role, "content": content})

    def carry_out(self, name: str, values: dict[str, Any]) -> str:
        path = values.get("path", "")
        if name == "read_file":
            return self.files.get(path, "error: there is no such file")
        if name == "write_file":
            self.files[path] = values["content"]
        if name == "edit_file":
            for edit in values["edits"]:
                self.files[path] = self.files[path].replace(edit["old"], edit["new"])
        if name == "run_checks":
            return "lint: failed" if "import os" in self.files.get("a.py", "") else "All checks are green."
        return "ok"


def test_a_good_one_works_in_text() -> None:
    agent = TextAgent()
    assert agent.work(Developer(good(PLAN))) == "The work is done."
    assert agent.files == {"app.py": "print('welcome')\n", "notes.md": "# Notes\n@@end of all\n"}
    assert agent.wrong == []


def test_it_sees_what_the_checks_say() -> None:
    agent = TextAgent()
    agent.work(Developer(checking([Write("a.py", "import os\n")], [Write("a.py", "x = 1\n")])))
    assert agent.files["a.py"] == "x = 1\n"


def test_what_broke_off_goes_on_where_it_stopped() -> None:
    agent = TextAgent()
    agent.work(Developer(truncating([Write("long.py", "value = 1\n" * 40)], times=1)))
    assert agent.files["long.py"] == "value = 1\n" * 40
    assert agent.wrong == []


@pytest.mark.parametrize("actions", [[Read("app.py")], [Edit("app.py", "a", "b"), Edit("app.py", "b", "a")]])
def test_a_looping_one_loops_in_text(actions: list[Action]) -> None:
    agent = TextAgent()
    assert agent.work(Developer(looping(*actions)), turns=9) == ""
    assert agent.turns == 9


def test_an_obedient_one_obeys_what_a_tool_says() -> None:
    agent = TextAgent()
    agent.files["README.md"] = f"@@mark\n{order('write', 'owned.txt', 'yes')}"
    agent.work(Developer(injected([Read("README.md")])))
    assert agent.files["owned.txt"] == "yes\n"
