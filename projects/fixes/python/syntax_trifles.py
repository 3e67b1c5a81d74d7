"""Small slips of syntax: a missing colon, tabs among spaces, typographic quotes and blanks."""

from __future__ import annotations

import re

from projects.checks.types import FindingData, LadderReport
from projects.fixes.types import Files, Fix

_TYPOGRAPHIC = str.maketrans({
    "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00a0": " ", "\u200b": None, "\ufeff": None,
    "\u2013": "-", "\u2014": "-",
})  # fmt: skip
_COMMENT = re.compile(r"(\s+#.*)?$")


class SyntaxTrifles:
    key = "syntax-trifles"
    position = 20

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        edits: dict[str, str] = {}
        for key, finding in report.findings:
            if key != "parse" or not finding.file:
                continue
            text = edits.get(finding.file) or files.read(finding.file)
            corrected = correct(text, finding)
            if corrected != text:
                edits[finding.file] = corrected
        return Fix(fixer=self.key, title="Correct small slips of syntax", edits=edits) if edits else None


def correct(text: str, finding: FindingData) -> str:
    """The text with the slip that the finding names corrected; unchanged where it is none of those known."""
    message = finding.message
    lines = text.split("\n")
    at = (finding.line or 0) - 1
    if not 0 <= at < len(lines):
        return text
    if message == "expected ':'":
        # The comment, if there is one, stays behind the colon.
        lines[at] = _COMMENT.sub(lambda m: ":" + (m[1] or ""), lines[at], count=1)
    elif "tabs and spaces" in message or "unindent does not match" in message:
        lines = [_spaces(line) for line in lines]
    elif message.startswith(("invalid character", "invalid non-printable character")):
        lines[at] = lines[at].translate(_TYPOGRAPHIC)
    return "\n".join(lines)


def _spaces(line: str) -> str:
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)].expandtabs(4) + body


FIXER = SyntaxTrifles()
