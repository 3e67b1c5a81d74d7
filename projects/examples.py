"""Ideas to click on the pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Example:
    title: str
    idea: str


EXAMPLES = (
    Example(title="Todo API", idea="Create a REST API for a todo app with authentication"),
    Example(
        title="Library",
        idea="A library system where members borrow books. Books have a title, an author, an ISBN and a number of "
        "copies. A member may hold at most five loans and a loan lasts 14 days; late returns cost 0.20 a day.",
    ),
    Example(
        title="Room booking",
        idea="Meeting room booking with Django: employees book rooms for a time slot, no two bookings of a room may "
        "overlap, and a booking can be cancelled until one hour before it starts",
    ),
    Example(
        title="CSV statistics",
        idea="A command line tool in Python that reads a CSV file and prints count, mean, min and max of each "
        "numeric column",
    ),
)
