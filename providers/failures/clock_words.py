"""Moments in words, as messages for people name them: "at 10:30 UTC", "resets 3:45pm", "resets Mon 12:00am"."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE = r"(?: ?\(?(UTC|GMT|Z|[A-Z][a-z]+(?:/[A-Z]\w+){1,2})\)?)?"
_ISO = re.compile(
    r"(?:resets?|again|available|until|after|access)[^\n]{0,30}?"
    r"(\d{4}-\d\d-\d\d(?:[T ]| at )\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:resets?|again|available|until)(?: (?:at|on|after))?:? (?:(mon|tue|wed|thu|fri|sat|sun)\w*,? )?(?:at )?"
    r"(\d{1,2})(?::(\d\d))?(?::\d\d)? ?(am|pm)?" + _ZONE,
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"(?:resets?|again|available|until|access)(?: (?:at|on|after))?:? ({'|'.join(_MONTHS)})[a-z]* (\d{{1,2}})"
    rf"(?:st|nd|rd|th)?(?:,? (\d{{4}}))?(?:,? at|,)? (\d{{1,2}})(?::(\d\d))? ?(am|pm)?{_ZONE}",
    re.IGNORECASE,
)


def moment_in_words(text: str, now: dt.datetime) -> float | None:
    """Seconds from `now` until the moment that the text names; None where it names none. A time of day is the next one;
    without a zone it is read as UTC."""
    if found := _ISO.search(text):
        zone = (found.group(2) or "Z").upper().replace("UTC", "Z").replace("GMT", "Z")
        try:
            moment = dt.datetime.fromisoformat(found.group(1).replace(" at ", "T").replace(" ", "T") + zone)
        except ValueError:  # the 45th of a month
            return None
        return max(0.0, (moment - now).total_seconds())
    if found := _DATE.search(text):
        return _of_date(found, now)
    found = _CLOCK.search(text)
    if found is None or not (found.group(3) or found.group(4)):
        return None
    day, hour, minute, half, zone_name = found.groups()
    here = now.astimezone(_zone(zone_name))
    hours = _hours(hour, half)
    if hours > 23 or int(minute or 0) > 59:
        return None
    moment = here.replace(hour=hours, minute=int(minute or 0), second=0, microsecond=0)
    if day:
        moment += dt.timedelta(days=(_DAYS.index(day.lower()) - moment.weekday()) % 7)
    if moment <= here:
        moment += dt.timedelta(days=7 if day else 1)
    return (moment - here).total_seconds()


def _of_date(found: re.Match[str], now: dt.datetime) -> float | None:
    """Without a year the next such day."""
    month, day, year, hour, minute, half, zone_name = found.groups()
    here = now.astimezone(_zone(zone_name))
    try:
        moment = dt.datetime(
            int(year or here.year),
            _MONTHS.index(month.lower()) + 1,
            int(day),
            _hours(hour, half),
            int(minute or 0),
            tzinfo=here.tzinfo,
        )
        if not year and moment <= here:
            moment = moment.replace(year=here.year + 1)
    except ValueError:  # the 31st of November
        return None
    return max(0.0, (moment - here).total_seconds())


def _hours(hour: str, half: str | None) -> int:
    return int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)


def _zone(name: str | None) -> dt.tzinfo:
    if name is None or name.upper() in {"UTC", "GMT", "Z"}:
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is none
        return dt.UTC
