"""A condition with what came out at every part of it, for people.

The records that facts are taken from are left out: of `metrics.nps.high` its value is of interest, not
all that is known about `metrics`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel.types import MapType, RecordType


@attrs.frozen
class Seen:
    """A part of a condition, its outcome in words, and its own parts."""

    text: str
    outcome: str
    parts: tuple[Seen, ...] = ()

    def lines(self, indent: str = "") -> Iterator[str]:
        """One line a part, each below what it is a part of."""
        yield f"{indent}{self.text}: {self.outcome}"
        for part in self.parts:
            yield from part.lines(indent + "  ")


def seen(explanation: cel.Explanation) -> Seen:
    """What an evaluation saw, as `Program.explain` gives it."""
    parts = tuple(seen(child) for child in explanation.children if not _is_container(child, explanation))
    return Seen(" ".join(explanation.text.split()), _outcome(explanation), parts)


def exactly(value: Any) -> str:
    """A value as a condition compares it: numbers to six digits, or infinite, texts in quotes."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.6g}".replace("inf", "infinite")
    if isinstance(value, list | tuple):
        plain = all(not isinstance(item, dict | list) for item in value)
        return f"[{', '.join(map(exactly, value))}]" if plain else f"a list of {len(value)}"
    return f'"{value}"' if isinstance(value, str) else "a record" if isinstance(value, dict) else str(value)


def _is_container(child: cel.Explanation, parent: cel.Explanation) -> bool:
    """Whether the child is but the record that the parent reads a field of."""
    return isinstance(child.type, RecordType | MapType) and parent.text.startswith(f"{child.text}.")


def _outcome(explanation: cel.Explanation) -> str:
    if explanation.state == "not evaluated":
        return "not evaluated"
    if explanation.error is not None:
        missing = explanation.error.kind == "no_such_key"
        return "not known" if missing else f"fails: {explanation.error.message}"
    last = f" (last of {explanation.times})" if explanation.times > 1 else ""
    return exactly(explanation.value) + last
