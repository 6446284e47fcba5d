"""One step of an explanation, and the steps that it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import attrs

from cxengine.diagnostics import Location

Kind = Literal[
    "item",
    "score",
    "effect",
    "rule",
    "condition",
    "fact",
    "measurement",
    "source",
    "group",
    "schedule",
    "standing",
    "forecast",
    "pilot",
    "change",
]


@attrs.frozen
class Step:
    """What is so, where it was written (if it was), and why: the steps below."""

    kind: Kind
    text: str
    place: Location | None = None
    parts: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def to_json(self) -> dict[str, Any]:
        """The tree as plain values."""
        return {
            "kind": self.kind,
            "text": self.text,
            "file": self.place.file if self.place else None,
            "line": self.place.line if self.place else None,
            "parts": [part.to_json() for part in self.parts],
        }

    def lines(self, indent: str = "", told: set[Step] | None = None) -> Iterator[str]:
        """One line a step, each below what rests on it; `told` are measurements whose sources were named."""
        told = set() if told is None else told
        where = f"  [{self.place.file}:{self.place.line}]" if self.place else ""
        if self.kind == "measurement" and self in told:
            yield f"{indent}{self.text} (sources above){where}"
            return
        yield f"{indent}{self.text}{where}"
        for part in self.parts:
            yield from part.lines(indent + "  ", told)
        if self.parts:
            told.add(self)
