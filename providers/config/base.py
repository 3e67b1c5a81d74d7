"""What all parts of the configuration share: strictness, and the form of names."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, PlainSerializer


class Part(BaseModel):
    """An unknown key is an error, and a number is a number: neither infinite nor missing."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def stated(self) -> dict[str, Any]:
        """What was written, as JSON; what was left to its default stays out."""
        return self.model_dump(mode="json", exclude_unset=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _once(values: list[Any]) -> list[Any]:
    twice = sorted({str(value) for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"stands twice: {', '.join(twice)}")
    return values


Json = JsonValue
ProviderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
TaskKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
# A single name may stand where a list is wanted.
ProviderNames = Annotated[list[ProviderName], BeforeValidator(_listed), AfterValidator(_once)]
Words = Annotated[list[Word], BeforeValidator(_listed), AfterValidator(_once)]


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


# Written as a plain number; twelve digits are exact in a float.
AsNumber = PlainSerializer(_number, return_type=int | float, when_used="json")
