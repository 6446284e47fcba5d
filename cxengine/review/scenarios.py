"""Scenarios as a file, `scenarios.json`, and as a table for people."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxengine.planning.scenarios import TOP, Alternative, Comparison, Outlook
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain

NAME = "scenarios.json"
NOW = "As it stands"


def write_scenarios(folder: Path, compared: Comparison) -> Path:
    """Writes `scenarios.json`."""
    path = folder / NAME
    text = json.dumps(scenarios_json(compared), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def scenarios_json(compared: Comparison) -> dict[str, Any]:
    """The published shape: what every plan comes to."""
    return {"format": compared.format, **plain(compared)}


def scenarios_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `scenarios_json` returns."""
    return schema_of(Comparison, format=Comparison.format)


def rows(compared: Comparison) -> list[list[str]]:
    """The comparison as a table: a head, then a line for every figure; a column for every plan."""
    plans = [compared.base, *(one.outlook for one in compared.scenarios)]
    points = zip(compared.days, *(p.value if p else [None] * len(compared.days) for p in plans), strict=True)
    due = dict.fromkeys(m for p in plans if p for m in p.milestones)
    return [
        ["", NOW, *(one.name for one in compared.scenarios)],
        *([f"Points by {_day(day)}", *map(_points, values)] for day, *values in points),
        *([compared.names[name], *(_milestone(p, name) for p in plans)] for name in due),
        ["Initiatives in the plan", *(str(p.items) if p else "-" for p in plans)],
        ["For later", *(str(p.later) if p else "-" for p in plans)],
        ["Last one finished", *(_day(p.ends) if p else "-" for p in plans)],
        ["Person-weeks", *(f"{p.work:,.1f}" if p else "-" for p in plans)],
        [f"Cost ({compared.currency})", *(f"{p.cost:,.0f}" if p else "-" for p in plans)],
    ]


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def notes(compared: Comparison) -> Iterator[tuple[str, str]]:
    """Of every scenario its name and what enters and leaves the first items, or why it cannot be planned."""
    for one in compared.scenarios:
        yield one.name, " ".join(_notes(one, compared))


def _notes(one: Alternative, compared: Comparison) -> Iterator[str]:
    if one.outlook is None:
        yield f"It cannot be planned: {one.problem}"
        return

    def named(items: tuple[str, ...]) -> str:
        return ", ".join(compared.names[i] for i in items)

    if one.enters:
        yield f"Among the first {TOP} come {named(one.enters)}."
    if one.leaves:
        yield f"Not among them any more: {named(one.leaves)}."
    if one.gone:
        yield f"Not done in this plan: {named(one.gone)}."
    if not (one.enters or one.leaves or one.gone):
        yield f"The first {TOP} stay the same."


def _milestone(plan: Outlook | None, name: str) -> str:
    if plan is None or name not in plan.milestones:
        return "-"
    return _day(plan.milestones[name]) if plan.milestones[name] else "later"


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "-"
