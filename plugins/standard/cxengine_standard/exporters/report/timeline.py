"""The roadmap timeline by area or team: phases, dependencies, milestones and the load of every team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine_standard.exporters.language import ENGLISH, Language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report.geometry import Scale, shorten, text_width

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item, MilestoneOutcome, PhaseSlot, Roadmap

Sections = Literal["area", "team"]

WIDTH, GUTTER = 1320.0, 330.0
ROW, HEAD, SECTION = 26.0, 46.0, 30.0
LOAD = 34.0
LABEL = 12.0


@attrs.frozen
class Calendar:
    """Weeks on the page: the Monday of week 1, and a scale from week 1 to the end of the last."""

    monday: dt.date
    across: Scale

    def at(self, date: dt.date) -> float:
        """The pixel of a day, at the border for one outside the plan."""
        return self.across.clamp((date - self.monday).days / 7 + 1)


@attrs.frozen
class PhaseBar:
    """A phase: where it is, and what it is called."""

    x: float
    width: float
    phase: str
    title: str


@attrs.frozen
class Row:
    """An initiative's line, in the colour of its area."""

    item: Item
    colour: int
    y: float
    label: str
    bars: tuple[PhaseBar, ...]
    start: float
    end: float
    late: float | None = None
    """By when it is finished with a probability of 80%, where that is after its planned end."""
    critical: bool = False


@attrs.frozen
class Section:
    """The lines of an area or a team; a colour stands for an area."""

    name: str
    colour: int | None
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
    monday: dt.date
    weeks: int
    left: float


def draw(
    result: Result,
    areas: Mapping[str | None, int],
    say: Language = ENGLISH,
    *,
    by: Sections = "area",
) -> Timeline | None:
    """The timeline of a run; None where nothing is scheduled. `areas` numbers the areas for their colours."""
    roadmap = result.roadmap
    if roadmap is None or not any(item.phases for item in roadmap.items):
        return None
    names = Names.of(result.loaded, say)
    weeks = max(roadmap.weeks, *(slot.last_week for item in roadmap.items for slot in item.phases))
    monday = roadmap.start - dt.timedelta(days=roadmap.start.weekday())
    across = Scale(1, weeks + 1, GUTTER, WIDTH - 12)
    calendar = Calendar(monday, across)
    milestones, below = _milestones(roadmap, calendar, say)
    sections, bottom = _sections(roadmap, areas, names, calendar, below + 6, by=by)
    load = _load(result, names, across, bottom + 52)
    months = [(x, d) for x, d in _months(monday, weeks, across) if x < across.end - 24]
    settings = result.project.roadmap
    short = settings.short_term_weeks if settings else weeks
    return Timeline(
        height=(load[-1].y + 12) if load else bottom + 20,
        plot_bottom=bottom,
        quarters=_spaced(
            [(x, say.quarter(d)) for i, (x, d) in enumerate(months) if i == 0 or d.month % 3 == 1], 60
        ),
        months=_spaced([(x, say.month(d)) for x, d in months], 28),
        short_term=across(short + 1) if short < weeks else None,
        milestones=milestones,
        sections=sections,
        arrows=_arrows(sections, say),
        load_y=bottom + 44,
        load=load,
        week=across(2) - across(1),
        monday=monday,
        weeks=weeks,
        left=GUTTER,
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
    following = [*(x for x, _ in heads[1:]), WIDTH]
    return tuple(
        (x, word if after - x >= room else "") for (x, word), after in zip(heads, following, strict=True)
    )


def _sections(
    roadmap: Roadmap,
    areas: Mapping[str | None, int],
    names: Names,
    calendar: Calendar,
    top: float,
    *,
    by: Sections,
) -> tuple[tuple[Section, ...], float]:
    found, y = [], top
    for group in areas if by == "area" else _teams(roadmap, names):
        items = sorted(
            (i for i in roadmap.items if getattr(i, by) == group and i.phases),
            key=lambda i: (i.phases[0].first_week, i.rank),
        )
        if not items:
            continue
        rows = tuple(
            _row(item, areas[item.area], y + SECTION + ROW * number, calendar, names.say)
            for number, item in enumerate(items)
        )
        height = SECTION + ROW * len(items) + 6
        name = names.area(group) if by == "area" else names.team(group)
        found.append(Section(name, areas[group] if by == "area" else None, y, height, rows))
        y += height + 4
    return tuple(found), y


def _teams(roadmap: Roadmap, names: Names) -> list[str | None]:
    """Teams as declared, then others, then nobody."""
    declared, used = list(names.teams), {item.team for item in roadmap.items}
    rest = sorted(team for team in used if team is not None and team not in declared)
    return [*declared, *rest, *([None] if None in used else [])]


def _row(item: Item, colour: int, y: float, calendar: Calendar, say: Language) -> Row:
    across = calendar.across
    bars = tuple(
        PhaseBar(
            across(begin) + 0.5,
            across(end) - across(begin) - 1,
            slot.phase,
            say.text(
                "%(phase)s: %(days)s, %(effort)s person-weeks",
                phase=say.word(slot.phase),
                days=say.days(slot.start, slot.end),
                effort=say.number(slot.effort),
            ),
        )
        for slot, (begin, end) in zip(item.phases, spans(item.phases), strict=True)
    )
    label = shorten(item.name, GUTTER - 62, LABEL)
    start, end = bars[0].x, bars[-1].x + bars[-1].width
    late = calendar.at(item.forecast.p80) if item.forecast else end
    critical = item.timing is not None and item.timing.critical
    return Row(item, colour, y, label, bars, start, end, late if late > end + 2 else None, critical)


def spans(slots: Sequence[PhaseSlot]) -> list[tuple[float, float]]:
    """Where phases begin and end, in weeks; phases that share a week share its width, one after another."""

    def sharing(week: int, slot: PhaseSlot) -> tuple[int, int]:
        there = [other for other in slots if other.first_week <= week <= other.last_week]
        return there.index(slot), len(there)

    found = []
    for slot in slots:
        (before, first), (place, last) = sharing(slot.first_week, slot), sharing(slot.last_week, slot)
        found.append((slot.first_week + before / first, slot.last_week + (place + 1) / last))
    return found


def _arrows(sections: Sequence[Section], say: Language) -> tuple[Arrow, ...]:
    rows = {row.item.id: row for section in sections for row in section.rows}
    return tuple(
        Arrow(
            route(rows[other], row),
            rows[other].item.rank,
            row.item.rank,
            say.text("%(item)s starts after %(other)s", item=row.item.name, other=rows[other].item.name),
        )
        for row in rows.values()
        for other in row.item.requires
        if other in rows
    )


def route(source: Row, target: Row) -> str:
    """Right from the source's end, up or down, right into the target's start; around if there is no room."""
    y1, y2 = source.y + ROW / 2, target.y + ROW / 2
    if target.start - source.end >= 12:
        return f"M{source.end:.1f} {y1:.1f}H{target.start - 8:.1f}V{y2:.1f}H{target.start - 1:.1f}"
    between = y2 - ROW / 2 if y2 > y1 else y2 + ROW / 2
    return (
        f"M{source.end:.1f} {y1:.1f}h5V{between:.1f}H{target.start - 9:.1f}V{y2:.1f}H{target.start - 1:.1f}"
    )


def _milestones(roadmap: Roadmap, calendar: Calendar, say: Language) -> tuple[tuple[Diamond, ...], float]:
    """Diamonds with labels in as many lanes as it takes, and where they end."""
    lanes: list[float] = []
    found = []
    for milestone in sorted(roadmap.milestones, key=lambda m: (m.reached or m.due or dt.date.max, m.id)):
        spots = [calendar.at(date) for date in (milestone.due, milestone.reached) if date]
        if not spots:
            continue
        label = shorten(milestone.name, 220, 11)
        if milestone.probability is not None:
            label += f" ({say.chance(milestone.probability)})"
        width = text_width(label, 11) + 14
        anchor = "start" if max(spots) + width <= calendar.across.end else "end"
        left, right = min(spots) - width * (anchor == "end"), max(spots) + width * (anchor == "start")
        lane = next((i for i, end in enumerate(lanes) if left > end + 8), len(lanes))
        lanes[lane : lane + 1] = [right]
        found.append(_diamond(milestone, calendar, HEAD + 14 + 22 * lane, (label, anchor), say))
    return tuple(found), HEAD + 4 + 22 * len(lanes)


def _diamond(
    milestone: MilestoneOutcome, calendar: Calendar, y: float, label: tuple[str, str], say: Language
) -> Diamond:
    due, reached = milestone.due, milestone.reached
    told = (
        say.text("reached %(day)s", day=say.day(reached))
        if reached
        else say.text("waits for an initiative that is for later")
    )
    wanted = say.text("due %(day)s, ", day=say.day(due)) if due else ""
    return Diamond(
        due=calendar.at(due) if due else None,
        reached=calendar.at(reached) if reached else None,
        y=y,
        label=label[0],
        anchor=label[1],
        late=milestone.on_time is False,
        title=f"{milestone.name}: {wanted}{told}",
    )


def _load(result: Result, names: Names, across: Scale, top: float) -> tuple[LoadLane, ...]:
    assert result.roadmap is not None
    capacity: dict[str, float] = {team.id: team.capacity for team in result.project.teams}
    teams = sorted(result.roadmap.load.items(), key=lambda pair: names.team(pair[0]))
    return tuple(
        _lane((names.team(team), capacity.get(team, 0.0)), weeks, across, top + LOAD * number, names.say)
        for number, (team, weeks) in enumerate(teams, 1)
    )


def _lane(
    team: tuple[str, float], weeks: Sequence[float], across: Scale, y: float, say: Language
) -> LoadLane:
    """The lane of a team, given its name and capacity."""
    name, available = team
    high = Scale(0, max(available, *weeks, 1e-9), 0, LOAD - 8)
    share = sum(weeks) / (available * len(weeks)) if available and weeks else 0.0
    return LoadLane(
        name=name,
        y=y,
        bars=tuple(
            (
                across(week),
                -high(spent),
                high(spent),
                spent > available + 1e-6,
                say.text(
                    "%(team)s, week %(week)s: %(spent)s of %(available)s person-weeks",
                    team=name,
                    week=week,
                    spent=say.number(spent),
                    available=say.number(available),
                ),
            )
            for week, spent in enumerate(weeks, 1)
            if spent > 0
        ),
        full=high(available),
        note=say.text(
            "%(share)s of %(available)s a week", share=say.percent(share), available=say.number(available)
        ),
    )
