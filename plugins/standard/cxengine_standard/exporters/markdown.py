"""`roadmap.md`: the roadmap as a document for repositories, wikis and mail."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.language import ENGLISH
from cxengine_standard.exporters.names import Names

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.metrics.measurement import Measurement
    from cxengine.planning.roadmap import Item, Reason, Roadmap
    from cxengine.project.model import Estimate, Project

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_LINE_START = re.compile(r"^(\d*)([#+=-]|[.)](?!\d))")


@attrs.frozen
class MarkdownOptions:
    """What the document shows."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")


class MarkdownExporter(Exporter):
    """Writes `roadmap.md`, or `roadmap.public.md`."""

    name = "markdown"
    Options = MarkdownOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The file; none where a run plans nothing."""
        if result.roadmap is None:
            return ()
        public = self.options.edition == "public"
        facts = {"roadmap": publish(result), "horizons": HORIZONS} if public else _internal(result)
        path = folder / ("roadmap.public.md" if public else "roadmap.md")
        path.write_text(_render(path.name, facts), encoding="utf-8", newline="\n")
        return (path,)


def escape(value: object) -> str:
    """Text in which Markdown and HTML find nothing to interpret; always on one line."""
    text = html.escape(re.sub(r"\s+", " ", str(value)), quote=False)
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def _internal(result: Result) -> Mapping[str, Any]:
    assert result.roadmap is not None
    items = result.roadmap.items
    names = Names.of(result.loaded)
    return {
        **_in_short(result.roadmap, result.project),
        "areas": tuple(_by_area(items, names)),
        "why": _why if result.project.scoring else _why_by_formula,
        "scenarios": result.scenarios,
        "rox": result.rox,
        "guardrails": result.guardrails,
        "channels": tuple(_by_channel(result, names)),
        "roadmap": result.roadmap,
        "quick_wins": [item for item in items if item.quadrant == "quick win" and item.phases],
        "accounts": result.evidence.accounts,
        "titles": {item.id: item.name for item in items},
        "names": names,
        "horizons": {"short": "Short term", "long": "Long term", "later": "Later"},
    }


def _in_short(roadmap: Roadmap, project: Project) -> Mapping[str, Any]:
    """What stands at the top: how much, how soon, how sure, and by which formula."""
    settings = project.roadmap
    assert settings is not None
    timed = [item for item in roadmap.items if item.end]
    dated = [m for m in roadmap.milestones if m.probability is not None]
    named = {goal.name for goal in roadmap.goal_outcomes}
    return {
        "timed": timed,
        "soon": [item for item in timed if item.horizon == "short"],
        "later": [item for item in roadmap.items if not item.end],
        "short_weeks": settings.short_term_weeks,
        "work": math.fsum(_expected(item.effort) for item in timed),
        "cost": math.fsum(item.cost for item in timed),
        "wanted": len(dated),
        "kept": sum((m.probability or 0) >= SURE for m in dated) if dated else None,
        "plain_goals": [goal for goal in roadmap.goals if goal not in named],
        "formula": "" if project.scoring else " ".join(str(settings.score).split()),
    }


def _expected(effort: Estimate) -> float:
    return (effort.low + 4 * effort.likely + effort.high) / 6


def _why(item: Item) -> Iterator[tuple[str, Sequence[Reason]]]:
    """The reasons of an item under a title each, without what is told elsewhere."""
    for title, kinds in _TITLES.items():
        reasons = [reason for reason in item.reasons if reason.kind in kinds]
        if reasons:
            yield title, reasons


def _why_by_formula(item: Item) -> Iterator[tuple[str, Sequence[Reason]]]:
    """The same, where the score is a formula that is told once."""
    for title, reasons in _why(item):
        short = [attrs.evolve(r, text=_without_formula(r.text)) if r.kind == "score" else r for r in reasons]
        yield title, short


def _without_formula(text: str) -> str:
    return f"{text.partition(' = ')[0]}."


SURE = 0.8
_TITLES = {
    "Why it is on the roadmap": ("evidence", "guardrail", "rule"),
    "What it is expected to bring": ("author",),
    "Why it stands there, and starts then": ("score", "schedule"),
}
"""What reasons are listed under; the area is told above them."""


@attrs.frozen
class _AreaRow:
    """An area with its team, or what a team does for it."""

    name: str
    team: str
    items: tuple[Item, ...]
    work: float
    first: str


def _by_area(items: Sequence[Item], names: Names) -> Iterator[_AreaRow]:
    """Every area and team with the items that they share, in the order of the project."""
    pairs = dict.fromkeys((item.area, item.team) for item in items)
    order = [*names.areas, None]
    for area, team in sorted(pairs, key=lambda p: (order.index(p[0]) if p[0] in order else -1, p[1] or "")):
        mine = tuple(item for item in items if (item.area, item.team) == (area, team))
        done = [item for item in mine if item.end]
        first = min(done, key=lambda item: (item.end, item.rank)).name if done else "later"
        work = math.fsum(_expected(item.effort) for item in mine)
        yield _AreaRow(names.area(area), names.team(team), mine, work, first)


@attrs.frozen
class _ChannelRow:
    """What is measured of those who came through a channel."""

    metric: str
    place: str
    channel: str
    measurement: Measurement


def _by_channel(result: Result, names: Names) -> Iterator[_ChannelRow]:
    """What every metric is now at every touchpoint by each channel; nothing where a project does not ask."""
    if "channel" not in result.project.evidence.by:
        return
    for metric in result.project.metrics:
        for touchpoint in result.project.touchpoints:
            for channel in result.project.channels:
                found = result.measurements.told(
                    metric.id, "touchpoint", touchpoint.id, segment=f"channel:{channel.id}"
                )
                if found is not None:
                    yield _ChannelRow(names.metrics[metric.id], touchpoint.name, channel.name, found)


def _render(template: str, facts: Mapping[str, Any]) -> str:
    """Every value that a template prints is escaped, whatever the template's author remembers."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=jinja2.StrictUndefined,
        finalize=escape,
        autoescape=False,  # noqa: S701  Markdown, not HTML: `finalize` escapes
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(fmt=ENGLISH, **facts)
