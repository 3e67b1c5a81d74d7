"""The typed answers of jobs beside Spec and ChangeSummary; their schemas are what a model is asked to fill."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from autodev.spec.schema import Spec

Line = Annotated[str, Field(min_length=1, max_length=500)]


class AnswerPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskedQuestion(AnswerPart):
    """A question that would have been asked, and what is assumed instead of its answer."""

    question: Line
    assumption: Line


class Reading(Spec):
    """What a model read in an idea: a Spec, and the questions that the idea leaves open. Who reads knows the idea, so
    that the answer need not repeat it."""

    idea: str = ""
    questions: Annotated[list[AskedQuestion], Field(default_factory=list, max_length=20)]


class Selection(AnswerPart):
    """`blueprint` is one of the candidates. `reasons` are sentences, best first."""

    blueprint: str
    reasons: Annotated[list[Line], Field(min_length=1, max_length=10)]


class WorkItem(AnswerPart):
    """One task of the work beyond the blueprint. `sentences` are those of the requirements that it meets, word by word;
    `touches` the paths that it will change or make (a folder ends in `/`); items whose paths overlap run in a row."""

    title: Annotated[str, Field(min_length=1, max_length=150)]
    sentences: Annotated[list[str], Field(min_length=1)]
    touches: Annotated[list[Line], Field(min_length=1, max_length=100)]
    after: list[Annotated[int, Field(ge=0)]] = []
    estimate_s: Annotated[int, Field(ge=1, le=86_400)] = 120


class WorkPlan(AnswerPart):
    """`after` of an item holds places in this list that come before it."""

    items: Annotated[list[WorkItem], Field(min_length=1, max_length=20)]
    risks: list[Line] = []


class Remark(AnswerPart):
    """One thing that a reviewer saw. `blocking`: it is wrong, not merely unlovely."""

    path: Annotated[str, Field(max_length=300)] = ""
    line: Annotated[int, Field(ge=1)] | None = None
    message: Line
    severity: Literal["blocking", "advice"] = "advice"


class Review(AnswerPart):
    """The opinion of a model that did not make the work. It decides nothing: the gate does."""

    summary: Annotated[str, Field(max_length=2000)]
    remarks: Annotated[list[Remark], Field(max_length=50)] = []


class Explanation(AnswerPart):
    """`text` is Markdown; `paths` are the files that it speaks of."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    paths: list[Line] = []


class Finished(AnswerPart):
    """What somebody who worked on files says at the end: what was done, and what was asked for and was not."""

    summary: Annotated[str, Field(max_length=2000)] = ""
    left_open: Annotated[list[Line], Field(max_length=50)] = []
