"""`roadmap.mmd`: the roadmap as a Mermaid gantt diagram, for pages that draw Mermaid."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.edition import Edition
from cxengine_standard.exporters.names import Names

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.planning.roadmap import Item, MilestoneOutcome, Roadmap

# What Mermaid's gantt lexer gives a meaning in the middle of a text, or at its start.
_SPECIAL = re.compile(r"[^\w\s.,!?'()/+*=&–—·“”‘’-]")  # noqa: RUF001  typographic signs are harmless
_KEYWORD = re.compile(
    r"(?i)(gantt|dateformat|axisformat|tickinterval|includes|excludes|todaymarker|weekday|weekend|inclusiveenddates"
    r"|topaxis|title|acctitle|accdescr|section|click|call|href|vert|\d{4}-\d\d-\d\d)"
)


@attrs.frozen
class MermaidOptions:
    """What the diagram shows."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    sections: Literal["area", "team"] = option(
        "What the bars are grouped by; the public edition always groups by area.", default="area"
    )


class MermaidExporter(Exporter):
    """Writes `roadmap.mmd`, or `roadmap.public.mmd`."""

    name = "mermaid"
    Options = MermaidOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The file; none where a run plans nothing. Items for later have no bar."""
        if result.roadmap is None:
            return ()
        public = self.options.edition == "public"
        sections = "area" if public else self.options.sections
        lines = _public(result, result.roadmap) if public else _internal(result, result.roadmap, sections)
        path = folder / ("roadmap.public.mmd" if public else "roadmap.mmd")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        return (path,)


def text(value: str) -> str:
    """The text as Mermaid's gantt grammar takes it: signs that mean something become entity codes."""
    value = " ".join(value.split())
    escaped = _SPECIAL.sub(lambda found: f"#{ord(found.group())};", value)
    if _KEYWORD.match(escaped):
        escaped = f"#{ord(escaped[0])};{escaped[1:]}"
    return escaped or "#8203;"


def _internal(result: Result, roadmap: Roadmap, sections: str) -> Iterator[str]:
    names = Names.of(result.loaded)
    yield from _head(roadmap)
    for section, items in _sections(roadmap, names, sections).items():
        yield f"  section {text(section)}"
        for item in items:
            mark = "crit, " if item.quadrant == "quick win" else ""
            yield _bar(text(item.name), mark, f"i{item.rank}", item.phases[0].start, item.phases[-1].end)
    yield from _milestones(roadmap.milestones)


def _public(result: Result, roadmap: Roadmap) -> Iterator[str]:
    """Bars of whole months: the public roadmap promises no day."""
    public = attrs.evolve(roadmap, items=tuple(item for item in roadmap.items if item.public))
    yield from _head(public)
    numbers = itertools.count(1)
    for section, items in _sections(public, Names.of(result.loaded), "area").items():
        yield f"  section {text(section)}"
        for item in sorted(items, key=lambda i: (i.phases[-1].end, i.public_name)):
            first, last = item.phases[0].start.replace(day=1), _month_end(item.phases[-1].end)
            yield _bar(text(item.public_name or item.name), "", f"p{next(numbers)}", first, last)


def _head(roadmap: Roadmap) -> Iterator[str]:
    yield "gantt"
    yield f"  title {text(roadmap.name)}"
    yield "  dateFormat YYYY-MM-DD"
    yield "  inclusiveEndDates"
    yield "  axisFormat %b %Y"
    yield "  todayMarker off"


def _sections(roadmap: Roadmap, names: Names, sections: str) -> dict[str, list[Item]]:
    """Scheduled items by the name of their section, in the order that the project declares."""
    order = [*(names.areas if sections == "area" else names.teams).values()]
    found: dict[str, list[Item]] = {}
    for item in roadmap.items:
        if item.phases:
            section = names.area(item.area) if sections == "area" else names.team(item.team)
            found.setdefault(section, []).append(item)
    return dict(sorted(found.items(), key=lambda pair: (pair[0] not in order, _index(order, pair[0]))))


def _index(order: Sequence[str], section: str) -> int:
    return order.index(section) if section in order else len(order)


def _bar(name: str, mark: str, id_: str, first: dt.date, last: dt.date) -> str:
    return f"    {name} :{mark}{id_}, {first.isoformat()}, {last.isoformat()}"


def _milestones(milestones: Sequence[MilestoneOutcome]) -> Iterator[str]:
    shown = [m for m in milestones if m.reached or m.due]
    if shown:
        yield "  section Milestones"
    for number, milestone in enumerate(shown, 1):
        when = milestone.reached or milestone.due
        late = "" if milestone.on_time in (True, None) else "crit, "
        name = milestone.name if milestone.reached else f"{milestone.name} (not reached, due)"
        yield f"    {text(name)} :{late}milestone, m{number}, {when}, 0d"


def _month_end(date: dt.date) -> dt.date:
    following = (date.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return following - dt.timedelta(days=1)
