"""What changed: since the last period, and since the run before where one was named."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.measures import good_way

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.changes.change import Change
    from cxengine.planning.roadmap import Item, Roadmap

MOST = 6
"""So many changes of each kind are shown; how many there are besides is said."""


@attrs.frozen
class Moved:
    """A metric that changed beyond chance. `good` is None where more is neither better nor worse."""

    metric: str
    place: str
    touchpoint: str | None
    change: str
    since: str
    good: bool | None


@attrs.frozen
class Shift:
    """An initiative whose place on the roadmap is another than before."""

    rank: int
    name: str
    told: str


@attrs.frozen
class Changes:
    """What changed, the surest first."""

    period: str
    since: str
    moved: tuple[Moved, ...]
    more: int
    compared: int
    shifts: tuple[Shift, ...]
    more_shifts: int
    gone: tuple[str, ...]
    """Initiatives that the run before planned and this one does not."""
    runs: bool
    """Whether there is a run to compare the roadmap with."""


def changes(result: Result, say: Language = ENGLISH) -> Changes | None:
    """What changed; None where there is nothing to compare with."""
    periods = _periods(result)
    before = result.previous.roadmap if result.previous else None
    if not periods and before is None:
        return None
    rows = list(_rows(result, periods[-1])) if periods else []
    moved = [_found(one, result, say) for one in result.insight.changes.found if one.place.about == "metric"]
    lasting = bool(moved)
    moved = moved or [_moved(row, result, say) for row in rows if row["changed"]]
    shifts = tuple(_shifts(result.roadmap, before, say)) if result.roadmap and before else ()
    now = {item.id for item in result.roadmap.items} if result.roadmap else set()
    gone = [item["name"] for item in (before or {}).get("items", ()) if item["id"] not in now]
    return Changes(
        period=periods[-1] if periods else "",
        since=rows[0]["since"] if rows and not lasting else "",
        moved=tuple(moved[:MOST]),
        more=max(0, len(moved) - MOST),
        compared=len(rows),
        shifts=shifts[:MOST],
        more_shifts=max(0, len(shifts) - MOST),
        gone=tuple(gone),
        runs=before is not None and result.roadmap is not None,
    )


# --- periods ---------------------------------------------------------------------------------------


def _periods(result: Result) -> list[str]:
    """The periods that were compared, in order."""
    table = result.measurements.changes
    return sorted(set(table["period"].to_pylist())) if table is not None and table.num_rows else []


def _rows(result: Result, period: str) -> Iterator[Mapping[str, Any]]:
    """Changes to the latest period of everybody, at touchpoints and of the whole, the surest first."""
    import pyarrow.compute as pc

    table = result.measurements.changes
    assert table is not None
    latest = pc.equal(table["period"].cast("string"), period)
    known = {metric.id for metric in result.project.metrics}
    rows = [
        row
        for row in table.filter(latest).to_pylist()
        if row["against"] == "previous"
        and row["segment"] == "all"
        and row["level"] in ("journey", "touchpoint")
        and row["metric"] in known
    ]
    return iter(sorted(rows, key=lambda r: (r["p"], r["level"], r["metric"], r["subject"])))


def _moved(row: Mapping[str, Any], result: Result, say: Language) -> Moved:
    names = Names.of(result.loaded, say)
    whole = row["level"] == "journey"
    decimals = _decimals(row["low"], row["high"])
    low, high = (say.number(row[side], decimals, signed=True) for side in ("low", "high"))
    return Moved(
        metric=names.metrics[row["metric"]],
        place=names.touchpoint("journey" if whole else row["subject"]),
        touchpoint=None if whole else row["subject"],
        change=f"{say.number(row['value'], decimals, signed=True)} ({say.range(low, high)})",
        since=row["since"],
        good=(row["value"] > 0) == (good_way(result, row["metric"]) > 0),
    )


def _found(change: Change, result: Result, say: Language) -> Moved:
    """A change over time, beyond chance and seasons."""
    names = Names.of(result.loaded, say)
    place, size = change.place, change.size
    where = names.touchpoint("journey") if place.level == "journey" else names.touchpoint(place.subject)
    if place.level == "stage":
        where = names.stages.get(place.subject, place.subject)
    if place.segment != "all":
        where = f"{where}, {names.segments.get(place.segment, place.segment)}"
    told = say.span(size, signed=True, decimals=_decimals(size.low, size.high))
    period = change.since.period
    if change.kind == "episode":
        period = say.text("%(first)s until %(last)s", first=period, last=change.until.period)
    elif change.kind == "shift":
        period = say.text("from %(period)s on", period=period)
    else:
        period = say.text("steadily, from %(first)s to %(last)s", first=period, last=change.until.period)
    return Moved(
        metric=change.name,
        place=where,
        touchpoint=place.subject if place.level == "touchpoint" and place.segment == "all" else None,
        change=f"{told} {period}",
        since=change.since.period,
        good=change.good,
    )


def _decimals(low: float, high: float) -> int:
    half = (high - low) / 2
    return min(max(-math.floor(math.log10(half / 3)), 0), 3) if 0 < half < math.inf else 2


# --- runs ------------------------------------------------------------------------------------------


def _shifts(roadmap: Roadmap, before: Mapping[str, Any], say: Language) -> Iterator[Shift]:
    """New initiatives, then those that moved, in the order of their rank."""
    old = {item["id"]: item for item in before.get("items", ())}
    for item in roadmap.items:
        told = _told(item, old.get(item.id), say)
        if told:
            yield Shift(item.rank, item.name, told)


def _told(item: Item, old: Mapping[str, Any] | None, say: Language) -> str:
    if old is None:
        return say.text("new")
    told = []
    if old["rank"] != item.rank:
        told.append(say.text("rank %(now)s, was %(then)s", now=item.rank, then=old["rank"]))
    then = dt.date.fromisoformat(old["end"]) if old.get("end") else None
    if then != item.end:
        if item.end is None:
            told.append(say.text("now for later"))
        elif then is None:
            told.append(say.text("now until %(day)s", day=say.day(item.end)))
        else:
            weeks = round((item.end - then).days / 7)
            if weeks:
                late = say.counted("%(n)s week later", "%(n)s weeks later", abs(weeks))
                early = say.counted("%(n)s week earlier", "%(n)s weeks earlier", abs(weeks))
                told.append(late if weeks > 0 else early)
    return ", ".join(told)
