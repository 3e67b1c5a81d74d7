"""A field as Django's models and forms write it."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from functools import cached_property

from autodev.blueprints.python.fields import DECIMAL_DIGITS, TEXT_LENGTH, FieldView, decimal_places, number
from autodev.blueprints.text import one_line, py_str

TEXTUAL = {"string", "text", "email", "url"}
_KINDS = {
    "string": "CharField", "text": "TextField", "integer": "IntegerField", "decimal": "DecimalField",
    "boolean": "BooleanField", "date": "DateField", "datetime": "DateTimeField", "email": "EmailField",
    "url": "URLField", "enum": "CharField",
}  # fmt: skip
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class DjangoField(FieldView):
    """`asked_for_null`: an expression asks whether the value is missing, so an empty text is stored as NULL."""

    asked_for_null: bool = False
    shown_as: str = ""

    @property
    def public(self) -> str:
        """The name in forms, pages and list parameters: the Spec's own."""
        return self.shown_as or self.spec.name

    @property
    def words(self) -> str:
        return self.public.replace("_", " ")

    @property
    def python(self) -> str:
        return "str" if self.spec.type == "enum" else super().python

    @property
    def null(self) -> bool:
        """Whether NULL is stored for a missing value. An optional text is empty instead, if that is all the same."""
        if not self.nullable:
            return False
        return self.type not in TEXTUAL | {"enum"} or self.asked_for_null or self.spec.unique or not self.spec.is_input

    @property
    def empty_text(self) -> bool:
        """Whether an optional value is an empty text where it is missing."""
        return self.nullable and not self.null

    @property
    def empty_is_null(self) -> bool:
        """Whether the form must turn an empty text into None, which Django does by itself for short texts only."""
        return self.type == "text" and self.null and self.spec.is_input

    @cached_property
    def members(self) -> list[tuple[str, str]]:
        """(name, value) of each choice as a member of an enumeration."""
        found: dict[str, str] = {}
        for n, choice in enumerate(self.spec.choices, 1):
            name = re.sub(r"\W+", "_", choice, flags=re.ASCII).strip("_").upper()
            if not name.isidentifier() or keyword.iskeyword(name.lower()) or name in found or name.startswith("_"):
                name = f"CHOICE_{n}"
            found[name] = choice
        return list(found.items())

    @property
    def model(self) -> str:
        """`models.CharField(max_length=200, unique=True)`, with the choices as `{choices}`."""
        spec = self.spec
        args: list[str] = []
        if self.shown_as:
            args.append(py_str(self.words))
        if self.length is not None:
            args.append(f"max_length={self.length}")
        elif self.type == "text":
            args.append(f"max_length={spec.max_length or TEXT_LENGTH}")
        elif self.type == "decimal":
            args.append(f"max_digits={DECIMAL_DIGITS}, decimal_places={decimal_places(spec)}")
        if spec.type == "enum":
            args.append("choices={choices}")
        if spec.unique:
            args.append("unique=True")
        if self.nullable:
            args.append("null=True, blank=True" if self.null else 'blank=True, default=""')
        if spec.default is not None and not self.empty_text:
            args.append(f"default={self.default}")
        args += self._validators()
        if spec.help:
            args.append(f"help_text={py_str(one_line(spec.help))}")
        if not spec.is_input:
            args.append("editable=False")
        return f"models.{_KINDS[spec.type]}({', '.join(args)})"

    def _validators(self) -> list[str]:
        if self.type not in ("integer", "decimal") or not self.spec.is_input:
            return []
        found = [
            f"{name}({number(bound, self.type)})"
            for bound, name in ((self.spec.min, "MinValueValidator"), (self.spec.max, "MaxValueValidator"))
            if bound is not None and _NUMBER.fullmatch(bound)
        ]
        return [f"validators=[{', '.join(found)}]"] if found else []

    @property
    def defined(self) -> str:
        """The field in its model."""
        return self.model.replace("{choices}", f"{self.enum_name}.choices")

    @property
    def migrated(self) -> str:
        """The field in a migration, where the choices stand as they were at that time."""
        choices = ", ".join(f"({py_str(c)}, {py_str(c)})" for c in self.spec.choices)
        text = self.model.replace("{choices}", f"[{choices}]")
        return re.sub(r"(?<=[\[ ])(M(?:in|ax)ValueValidator)\(", r"django.core.validators.\1(", text)

    @property
    def widget(self) -> str | None:
        """The widget of the form, where Django's own is not the one."""
        return {"date": "DayInput()", "datetime": "MomentInput()"}.get(self.type)

    @property
    def shown(self) -> str:
        """The template filter that shows the value."""
        return {"date": "day", "datetime": "moment", "boolean": "yes_or_no"}.get(self.type, "")
