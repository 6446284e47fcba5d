"""Single TOML values: what each kind takes, and how a message calls what it does not take."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from cxengine.diagnostics import closest
from cxengine.plugin.secret import Secret
from cxengine.project.model import Estimate, Expression, Identifier, Name

IDENTIFIER = r"[a-z][a-z0-9_-]*"
NAME = r"[a-z][a-z0-9_]*"
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let"}
    | {"loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
"""Words that CEL keeps for itself."""

LARGEST = 10**15 - 1
"""No number of a project is larger: beyond it, doubles no longer tell cents apart."""

YEARS = range(1900, 2200)
"""Days of a project lie in these years: others are slips, and calendars end soon after."""

Number = TypeVar("Number", int, float)
Day = TypeVar("Day", bound=dt.date)


class Unfit(ValueError):  # noqa: N818 - it is caught here and becomes a Problem
    """Raised by a hook; `message` continues "`key` ..."."""

    def __init__(self, message: str, hint: str | None = None, code: str = "CX111") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def describe(value: object) -> str:
    """A value as a message calls it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {shortened(str(value))}" if abs(value) < 1e300 else "a huge number"
    if isinstance(value, str):
        return f'the text "{shortened(value)}"'
    if isinstance(value, dt.date | dt.time):
        return f"the {'date' if type(value) is dt.date else 'time'} {value.isoformat()}"
    return "a list" if isinstance(value, list) else "a table"


def shortened(text: str) -> str:
    """The beginning of a text, fit for one line."""
    line = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return line if len(line) <= 40 else f"{line[:37]}..."


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    bare = isinstance(value, str) and value.lower() in ("true", "false")
    hint = f"Write it without quotes: {str(value).lower()}" if bare else None
    raise Unfit(f"must be true or false, not {describe(value)}", hint)


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _sized(value)
    raise Unfit(f"must be a whole number, not {describe(value)}", _unquoted(value, r"[+-]?\d+"))


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            raise Unfit(f"must be a finite number, not {value}", code="CX113")
        return float(_sized(value))
    hint = _unquoted(value, r"[+-]?(\d+\.?\d*|\.\d+)")
    raise Unfit(f"must be a number, not {describe(value)}", hint)


def _sized(value: Number) -> Number:
    """The number, if sums of such numbers are still exact to the last digit that people read."""
    if abs(value) > LARGEST:
        raise Unfit("is too large", "Numbers have at most 15 digits before the point.", "CX113")
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    scalar = isinstance(value, bool | int | float | dt.date)
    shown = str(value).lower() if isinstance(value, bool) else str(value) if scalar else ""
    hint = f'Write it in quotes: "{shortened(shown)}"' if scalar and abs(_size(value)) < 1e30 else None
    raise Unfit(f"must be text, not {describe(value)}", hint)


def _size(value: object) -> float:
    return abs(value) if isinstance(value, int) else 0


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return _near(value)
    hint = _unquoted(value, r"\d{4}-\d{2}-\d{2}")
    raise Unfit(f"must be a date such as 2026-01-31, not {describe(value)}", hint)


def _datetime(value: object) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return _near(value)
    raise Unfit(f"must be a time such as 2026-01-31T09:30:00Z, not {describe(value)}")


def _near(value: Day) -> Day:
    """The day or time, if it is none of a distant past or future."""
    if value.year not in YEARS:
        message = f"must lie between the years {YEARS.start} and {YEARS.stop - 1}, not in {value.year}"
        raise Unfit(message, code="CX113")
    return value


def _unquoted(value: object, pattern: str) -> str | None:
    fits = isinstance(value, str) and re.fullmatch(pattern, value.strip())
    return f"Write it without quotes: {value.strip()}" if fits and isinstance(value, str) else None


def _identifier(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(IDENTIFIER, text):
        hint = _suggested(text, "-", "lower-case letters, digits, - and _")
        raise Unfit(f'cannot be "{shortened(text)}"', hint, "CX115")
    return text


def _name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(NAME, text):
        hint = _suggested(text, "_", "lower-case letters, digits and _, because expressions read it")
        raise Unfit(f'cannot be "{shortened(text)}"', hint, "CX115")
    if text in RESERVED:
        raise Unfit(f'cannot be "{text}": expressions keep that word for themselves', code="CX115")
    return text


def _suggested(text: str, joint: str, allowed: str) -> str:
    plain = re.sub(r"[^a-z0-9_]+" if joint == "_" else r"[^a-z0-9_-]+", joint, text.lower()).strip("-_")
    example = f', for example "{shortened(plain)}"' if re.match(r"[a-z]", plain) else ""
    return f"Start with a letter and use {allowed}{example}."


def _expression(value: object) -> str:
    """Its letters put together as those of the evidence are, which its texts are compared with."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    written = str(value).lower() if isinstance(value, bool) else str(value)
    hint = f"Expressions go in quotes: '{written}'" if isinstance(value, bool | int | float) else None
    raise Unfit(f"must be a CEL expression, not {describe(value)}", hint)


def _secret(value: object) -> Secret:
    """Says nothing about the value it refuses: it may be the secret itself."""
    secret = Secret.parse(value) if isinstance(value, str) else None
    if secret is None:
        hint = 'Write "env:NAME" for an environment variable, or "keyring:SERVICE/USER".'
        raise Unfit("must say where the secret is kept, and never hold it", hint, "CX320")
    return secret


def _estimate(value: object) -> Estimate:
    if isinstance(value, list):
        if len(value) != 3:
            raise Unfit(f"must be one number or [low, likely, high], not {len(value)} numbers", code="CX117")
        low, likely, high = (_number(item) for item in value)
        if not low <= likely <= high:
            hint = f"In order: {sorted((low, likely, high))}."
            raise Unfit(f"must rise from low to high; {_listed(value)} does not", hint, "CX117")
        return Estimate(low, likely, high)
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _number(value)
        return Estimate(number, number, number)
    raise Unfit(f"must be one number or [low, likely, high], not {describe(value)}", code="CX117")


def _listed(value: list[Any]) -> str:
    """A list of numbers as it was written."""
    return "[" + ", ".join(str(item) for item in value) + "]"


def choice(value: object, target: Any) -> object:
    """One of the values of a `Literal`."""
    choices = get_args(target)
    if any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        return value
    listed = ", ".join(f'"{choice}"' for choice in choices)
    meant = closest(value, [str(choice) for choice in choices]) if isinstance(value, str) else None
    hint = f'Did you mean "{meant}"?' if meant else None
    raise Unfit(f"must be one of {listed}, not {describe(value)}", hint, "CX114")


HOOKS: Mapping[Any, Callable[[Any], Any]] = {
    bool: _boolean,
    int: _whole,
    float: _number,
    str: _text,
    Path: lambda value: Path(_text(value)),
    dt.date: _date,
    dt.datetime: _datetime,
    Identifier: _identifier,
    Name: _name,
    Expression: _expression,
    Estimate: _estimate,
    Secret: _secret,
    Any: lambda value: value,
}
"""For each type, what turns a TOML value into it or raises `Unfit`."""
