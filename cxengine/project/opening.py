"""Opening hours as they are written: `mon-thu 09:00-17:30`."""

from __future__ import annotations

import re

import attrs

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TEXT = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY = 24 * 60


@attrs.frozen
class Opening:
    """The same hours on some days of the week (0 is Monday), in minutes after midnight."""

    days: tuple[int, ...]
    begin: int
    end: int


def read_opening(text: str) -> Opening:
    """Opening hours from their text; days may run over the end of the week, as in `sat-mon`.

    Raises:
        ValueError: they are none; the message continues "`text` ...".
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("is not written like `mon-fri 09:00-17:00`")
    first, last = found[1], found[2] or found[1]
    for day in (first, last):
        if day not in WEEKDAYS:
            raise ValueError(f"names no day `{day}`: they are {', '.join(WEEKDAYS)}")
    begin, end = (_minutes(hour, minute) for hour, minute in ((found[3], found[4]), (found[5], found[6])))
    if begin >= end:
        raise ValueError(
            "ends before it begins: write hours over midnight as two, up to 24:00 and from 00:00"
        )
    start, length = WEEKDAYS.index(first), (WEEKDAYS.index(last) - WEEKDAYS.index(first)) % 7 + 1
    return Opening(tuple((start + i) % 7 for i in range(length)), begin, end)


def _minutes(hour: str, minute: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > _DAY:
        raise ValueError(f"names no time of day `{hour}:{minute}`")
    return minutes
