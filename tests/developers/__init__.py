"""Scripted developers: what a model says when it is a good, sloppy, looping, lying, truncating or obedient developer.

    lab.upstream("a").answer(Developer(good([Edit("app/main.py", old, new), Write("tests/test_x.py", TEST)])))

A plan is a list of actions (Read, Write, Edit, Delete, Run, Check), told without the words of any agent's tools; paths
are relative to the project's root. Which tools carry an action out is read from each request: those of our agent, of
Claude's program (Write, Edit, Read, Bash) or OpenCode's (write, edit, read, bash), over OpenAI's or Anthropic's wire
format; a request without tools gets the calls in text that our agent's prompt describes. A plan may be a dict of
regular expression → actions: those hold whose words stand in the task.

A conduct is how the plan is worked:

- `good(plan)` reads before it edits, tries again what was refused, checks, ends with an honest summary.
- `sloppy(plan, mends)` works without a check; told of findings, in its conversation or by a job, it does `mends`.
- `checking(plan, mends)` the same within one conversation: mends when the checks are red.
- `looping(action, …)` the same for ever; several actions: in turn, for ever.
- `lying(…)` says that all is done.
- `truncating(plan, times=1)` its writes break off (finish=length, half of the arguments).
- `injected(reads, plan)` reads and obeys what it finds there, as `order("run", "env")` words it.

A developer keeps nothing between requests. The number of a step stands in the ids of its calls and in its words, so it
goes on wherever the conversation is, and begins anew in a new one; two upstreams with the same developer are one person
at two desks. What a request shows of its own calls' results is what a conduct decides by. `conversation_of(asked)`
reads any request (system, task, later messages, results, tools) for a test that writes a conduct of its own.
Jobs that want JSON (Reading, Selection, WorkPlan, Review, Explanation) get a plain answer, or that of
`forms={"Reading": text or function of the conversation}`.
"""

from __future__ import annotations

from tests.developers.actions import Action, Check, Cut, Delete, Edit, Finish, Read, Result, Run, Write
from tests.developers.conduct import (
    Conduct,
    Plan,
    Step,
    Work,
    checking,
    good,
    injected,
    looping,
    lying,
    order,
    sloppy,
    truncating,
)
from tests.developers.conversation import Conversation, conversation_of
from tests.developers.developer import Developer

__all__ = [
    "Action",
    "Check",
    "Conduct",
    "Conversation",
    "Cut",
    "Delete",
    "Developer",
    "Edit",
    "Finish",
    "Plan",
    "Read",
    "Result",
    "Run",
    "Step",
    "Work",
    "Write",
    "checking",
    "conversation_of",
    "good",
    "injected",
    "looping",
    "lying",
    "order",
    "sloppy",
    "truncating",
]
