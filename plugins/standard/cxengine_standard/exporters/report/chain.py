"""The chain behind every figure, item to rules to measurements to sources: as data, each step kept once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.explain.step import Step


@attrs.frozen
class Chains:
    """Steps by number, and the number of the first step of each thing that is explained."""

    steps: tuple[list[Any], ...]
    """`[kind, text, place, numbers of the steps it rests on]`; place is `file:line`, or empty."""
    items: dict[str, int]
    touchpoints: dict[str, int]


def chains(result: Result) -> Chains:
    """Why every item of the roadmap, and every touchpoint at which a rule was decided, is as it is."""
    items = [item.id for item in result.roadmap.items] if result.roadmap else []
    places = [c.subject.id for c in result.conclusions if c.subject.about == "touchpoint"]
    book = _Book()
    asked = [*(f"initiative:{item}" for item in items), *(f"touchpoint:{place}" for place in places)]
    first = [book.number(step) for step in result.explain(asked)]
    return Chains(
        tuple(book.steps),
        dict(zip(items, first[: len(items)], strict=True)),
        dict(zip(places, first[len(items) :], strict=True)),
    )


class _Book:
    """Numbers steps; what is the same is the same step."""

    def __init__(self) -> None:
        self.steps: list[list[Any]] = []
        self._numbers: dict[tuple[str, str, str, tuple[int, ...]], int] = {}

    def number(self, step: Step) -> int:
        parts: Sequence[int] = tuple(self.number(part) for part in step.parts)
        place = f"{PurePath(step.place.file).name}:{step.place.line}" if step.place else ""
        key = (step.kind, step.text, place, tuple(parts))
        if key not in self._numbers:
            self._numbers[key] = len(self.steps)
            self.steps.append([step.kind, step.text, place, list(parts)])
        return self._numbers[key]
