"""What tools answer, in words for a model."""

from __future__ import annotations

from typing import Any

READ_LIMIT = 24_000
HEAD, TAIL = 2_000, 6_000
FINDINGS_SHOWN = 30
EXCERPT = 2_000
GREEN = "All checks are green."


def cut_told(text: str) -> str:
    """A long list, as far as it is shown."""
    return text if len(text) <= READ_LIMIT else f"{text[:READ_LIMIT]}\n… (cut; ask for less)"


def report_told(report: Any) -> str:
    """A ladder's report."""
    if report.ok:
        return GREEN
    lines = [f"{rung.key}: {rung.status}{' — ' + rung.reason if rung.reason else ''}" for rung in report.rungs]
    findings = [f"{key} {f.place}: {f.message}" for key, f in report.findings if f.severity == "error"]
    if len(findings) > FINDINGS_SHOWN:
        findings = [*findings[:FINDINGS_SHOWN], f"and {len(findings) - FINDINGS_SHOWN} more"]
    excerpts = [f"--- {r.key}\n{r.excerpt[-EXCERPT:]}" for r in report.rungs if r.status == "failed" and r.excerpt]
    return "\n".join([*lines, *findings, *excerpts])[:READ_LIMIT]


def output_told(text: str) -> str:
    """The beginning and the end of a program's output."""
    if len(text) <= HEAD + TAIL:
        return text
    return f"{text[:HEAD]}\n… ({len(text) - HEAD - TAIL} characters left out) …\n{text[-TAIL:]}"


def part_told(text: str, first: int | None, last: int | None) -> str:
    """A file, or some of its lines; lines have their number where not all are shown."""
    lines = text.splitlines()
    if first is not None or last is not None:
        begin, end = (first or 1), min(last or len(lines), len(lines))
        if begin > len(lines) or begin > end:
            return f"(there are {len(lines)} lines)"
        text = "\n".join(f"{number}: {lines[number - 1]}" for number in range(begin, end + 1))
    if len(text) > READ_LIMIT:
        shown = text[:READ_LIMIT]
        at = (first or 1) + shown.count("\n")
        return f"{shown}\n… (cut in line {at} of {len(lines)}; read on by first_line and last_line)"
    return text
