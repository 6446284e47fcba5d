"""A decision table at a subject: the rows that count, with what made them hold, and the others in short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.rules.conditions import Seen, seen
from cxengine.rules.ruleset import CompiledRule
from cxengine.rules.tables import Grid
from cxengine.rules.wording import listed


def table_steps(
    known: Known, compiled: CompiledRule, facts: Mapping[str, Any], *, every: bool
) -> Iterator[Step]:
    """The rows that count; with `every`, also the conditions of those that do not."""
    grid = compiled.grid
    assert grid is not None
    rest: dict[str, list[str]] = {}
    for index, counts in enumerate(grid.counting(facts)):
        part = seen(grid.rows[index].when.explain(facts))
        state = "counts" if counts else _silent(part, counts)
        if counts or every:
            place = known.origins.locate((*compiled.path, "rows", index))
            parts = tuple(_condition(one) for one in part.parts)
            yield Step("condition", f"row {index + 1} {state}: {part.text}", place, parts)
        else:
            rest.setdefault(state, []).append(str(index + 1))
    for state, rows in rest.items():
        yield Step(
            "condition", f"{'row' if len(rows) == 1 else 'rows'} {listed(rows)} {_plural(state, rows)}"
        )
    if grid.default and not any(counts is not False for counts in grid.counting(facts)):
        place = known.origins.locate((*compiled.path, "default"))
        yield Step("condition", "no row holds, so the default answers", place)


def _silent(part: Seen, counts: bool | None) -> str:
    if counts is None and part.outcome != "false":
        return "cannot be decided"
    return "holds, but another one counts" if part.outcome == "true" else "does not hold"


def _plural(state: str, rows: list[str]) -> str:
    if len(rows) == 1:
        return state
    return {
        "does not hold": "do not hold",
        "holds, but another one counts": "hold, but another one counts",
    }.get(state, state)


def _condition(part: Seen) -> Step:
    return Step("condition", f"{part.text}: {part.outcome}", None, tuple(map(_condition, part.parts)))


def row_that_counts(grid: Grid, facts: Mapping[str, Any]) -> int | None:
    """The only row that counts; None where there are none or several."""
    rows = [index for index, counts in enumerate(grid.counting(facts)) if counts]
    return rows[0] if len(rows) == 1 else None
