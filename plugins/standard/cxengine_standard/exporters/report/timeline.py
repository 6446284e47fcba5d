"""The roadmap timeline: areas, phases, dependencies, milestones and the load of every team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine_standard.exporters.figures import MONTHS, day, number, quarter
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.geometry import Scale, shorten, text_width

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item, MilestoneOutcome, Roadmap

WIDTH, GUTTER = 1320.0, 330.0
ROW, HEAD, SECTION = 26.0, 46.0, 30.0
BAR = 14.0
LOAD = 34.0
LABEL = 12.0


@attrs.frozen
class PhaseBar:
    """A phase: where it is, and what it is called."""

    x: float
    width: float
    phase: str
    title: str


@attrs.frozen
class Row:
    """An initiative's line."""

    item: Item
    y: float
    label: str
    bars: tuple[PhaseBar, ...]
    start: float
    end: float


@attrs.frozen
class Section:
    """An area's lines."""

    name: str
    colour: int
    y: float
    height: float
    rows: tuple[Row, ...]


@attrs.frozen
class Arrow:
    """A dependency from the end of one line to the start of another."""

    path: str
    source: int
    target: int
    title: str


@attrs.frozen
class Diamond:
    """A milestone: due and reached (pixels, None where there is none), its label in a lane of its own."""

    due: float | None
    reached: float | None
    y: float
    label: str
    anchor: str
    late: bool
    title: str


@attrs.frozen
class LoadLane:
    """A team's load by week: bars against its capacity."""

    name: str
    y: float
    bars: tuple[tuple[float, float, float, bool, str], ...]
    """x, top (relative to the base), height, whether over capacity, title."""
    full: float
    """Pixels above the base at which the team is fully loaded."""
    note: str


@attrs.frozen
class Timeline:
    """Everything that the template draws."""

    height: float
    plot_bottom: float
    quarters: tuple[tuple[float, str], ...]
    months: tuple[tuple[float, str], ...]
    short_term: float | None
    milestones: tuple[Diamond, ...]
    sections: tuple[Section, ...]
    arrows: tuple[Arrow, ...]
    load_y: float
    load: tuple[LoadLane, ...]
    week: float


def draw(result: Result, areas: Mapping[str | None, int]) -> Timeline | None:
    """The timeline of a run; None where nothing is scheduled. `areas` numbers the areas for their colours."""
    roadmap = result.roadmap
    if roadmap is None or not any(item.phases for item in roadmap.items):
        return None
    names = Names.of(result.loaded)
    weeks = max(roadmap.weeks, *(slot.last_week for item in roadmap.items for slot in item.phases))
    monday = roadmap.start - dt.timedelta(days=roadmap.start.weekday())
    across = Scale(1, weeks + 1, GUTTER, WIDTH - 12)
    milestones, below = _milestones(roadmap, across, monday)
    sections, bottom = _sections(roadmap, areas, names, across, below + 6)
    load = _load(result, names, across, bottom + 40)
    months = _months(monday, weeks, across)
    settings = result.project.roadmap
    short = settings.short_term_weeks if settings else weeks
    return Timeline(
        height=(load[-1].y + 12) if load else bottom + 8,
        plot_bottom=bottom,
        quarters=_spaced(
            [(x, quarter(d)) for i, (x, d) in enumerate(months) if i == 0 or d.month % 3 == 1], 60
        ),
        months=_spaced([(x, MONTHS[d.month - 1]) for x, d in months], 28),
        short_term=across(short + 1) if short < weeks else None,
        milestones=milestones,
        sections=sections,
        arrows=_arrows(sections),
        load_y=bottom + 30,
        load=load,
        week=across(2) - across(1),
    )


def _months(monday: dt.date, weeks: int, across: Scale) -> list[tuple[float, dt.date]]:
    """The first days of the months that the weeks hold."""
    end, found = monday + dt.timedelta(weeks=weeks), []
    month = monday.replace(day=1)
    while month < end:
        found.append((max(across((month - monday).days / 7 + 1), across.start), month))
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return found


def _spaced(heads: Sequence[tuple[float, str]], room: float) -> tuple[tuple[float, str], ...]:
    """Heads without the words that would run into the next one."""
    following = [x for x, _ in heads[1:]] + [float("inf")]
    return tuple(
        (x, word if after - x >= room else "") for (x, word), after in zip(heads, following, strict=True)
    )


def _sections(
    roadmap: Roadmap, areas: Mapping[str | None, int], names: Names, across: Scale, top: float
) -> tuple[tuple[Section, ...], float]:
    found, y = [], top
    for area, colour in areas.items():
        items = sorted(
            (i for i in roadmap.items if i.area == area and i.phases),
            key=lambda i: (i.phases[0].first_week, i.rank),
        )
        if not items:
            continue
        rows = tuple(_row(item, y + SECTION + ROW * number, across) for number, item in enumerate(items))
        height = SECTION + ROW * len(items) + 6
        found.append(Section(names.area(area), colour, y, height, rows))
        y += height + 4
    return tuple(found), y


def _row(item: Item, y: float, across: Scale) -> Row:
    bars = tuple(
        PhaseBar(
            across(slot.first_week) + 0.5,
            across(slot.last_week + 1) - across(slot.first_week) - 1,
            slot.phase,
            f"{slot.phase}: {day(slot.start)} to {day(slot.end)}, {number(slot.effort)} person-weeks",
        )
        for slot in item.phases
    )
    label = shorten(item.name, GUTTER - 62, LABEL)
    return Row(item, y, label, bars, bars[0].x, bars[-1].x + bars[-1].width)


def _arrows(sections: Sequence[Section]) -> tuple[Arrow, ...]:
    rows = {row.item.id: row for section in sections for row in section.rows}
    return tuple(
        Arrow(
            route(rows[other], row),
            rows[other].item.rank,
            row.item.rank,
            f"{row.item.name} starts after {rows[other].item.name}",
        )
        for row in rows.values()
        for other in row.item.requires
        if other in rows
    )


def route(source: Row, target: Row) -> str:
    """Right from the source's end, up or down, right into the target's start; around where there is no room."""
    y1, y2 = source.y + ROW / 2, target.y + ROW / 2
    if target.start - source.end >= 12:
        return f"M{source.end:.1f} {y1:.1f}H{target.start - 8:.1f}V{y2:.1f}H{target.start - 1:.1f}"
    between = y2 - ROW / 2 if y2 > y1 else y2 + ROW / 2
    return (
        f"M{source.end:.1f} {y1:.1f}h5V{between:.1f}H{target.start - 9:.1f}V{y2:.1f}H{target.start - 1:.1f}"
    )


def _milestones(roadmap: Roadmap, across: Scale, monday: dt.date) -> tuple[tuple[Diamond, ...], float]:
    """Diamonds with labels in as many lanes as it takes, and where they end."""
    lanes: list[float] = []
    found = []
    for milestone in sorted(roadmap.milestones, key=lambda m: (m.reached or m.due or dt.date.max, m.id)):
        spots = [across.clamp((d - monday).days / 7 + 1) for d in (milestone.due, milestone.reached) if d]
        if not spots:
            continue
        label = shorten(milestone.name, 220, 11)
        flip = max(spots) + 10 + text_width(label, 11) > across.end
        reach = (
            (min(spots) - 10 - text_width(label, 11), max(spots))
            if flip
            else (min(spots), max(spots) + 14 + text_width(label, 11))
        )
        lane = next((i for i, end in enumerate(lanes) if reach[0] > end + 8), len(lanes))
        lanes[lane : lane + 1] = [reach[1]]
        found.append(
            _diamond(milestone, across, monday, HEAD + 14 + 22 * lane, label, "end" if flip else "start")
        )
    return tuple(found), HEAD + 4 + 22 * len(lanes)


def _diamond(
    m: MilestoneOutcome, across: Scale, monday: dt.date, y: float, label: str, anchor: str
) -> Diamond:
    due = across.clamp((m.due - monday).days / 7 + 1) if m.due else None
    reached = across.clamp((m.reached - monday).days / 7 + 1) if m.reached else None
    told = f"reached {day(m.reached)}" if m.reached else "waits for an initiative that is for later"
    title = f"{m.name}: {f'due {day(m.due)}, ' if m.due else ''}{told}"
    return Diamond(due, reached, y, label, anchor, m.on_time is False, title)


def _load(result: Result, names: Names, across: Scale, top: float) -> tuple[LoadLane, ...]:
    assert result.roadmap is not None
    capacity = {team.id: team.capacity for team in result.project.teams}
    found = []
    for number_, (team, weeks) in enumerate(
        sorted(result.roadmap.load.items(), key=lambda p: names.team(p[0]))
    ):
        available = capacity.get(team, 0.0)
        highest = max(available, *weeks, 1e-9)
        bars = []
        for week, spent in enumerate(weeks, 1):
            if spent > 0:
                height = spent / highest * (LOAD - 8)
                title = (
                    f"{names.team(team)}, week {week}: {number(spent)} of {number(available)} person-weeks"
                )
                bars.append((across(week), -height, height, spent > available + 1e-6, title))
        share = sum(weeks) / (available * len(weeks)) if available and weeks else 0.0
        note = f"{share:.0%} of {number(available)} a week"
        found.append(
            LoadLane(
                names.team(team),
                top + LOAD * (number_ + 1),
                tuple(bars),
                available / highest * (LOAD - 8),
                note,
            )
        )
    return tuple(found)
