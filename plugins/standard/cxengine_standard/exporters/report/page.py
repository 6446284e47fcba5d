"""`report.html`: the whole run on one page that needs nothing but a browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters import figures
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report import (
    effort_impact,
    geometry,
    heatmap,
    journey_map,
    measures,
    summary,
    timeline,
    touchpoints,
)

if TYPE_CHECKING:
    import jinja2

    from cxengine.engine import Result

COLOURS = 6
"""Colours for areas; the seventh area starts again with the first."""


@attrs.frozen
class HtmlOptions:
    """What the report shows."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")


class HtmlExporter(Exporter):
    """Writes `report.html`, or `report.public.html`: self-contained, offline, readable without JavaScript."""

    name = "html"
    Options = HtmlOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The page; none for the public edition of a run that plans nothing."""
        public = self.options.edition == "public"
        if public and result.roadmap is None:
            return ()
        path = folder / ("report.public.html" if public else "report.html")
        template = "public.html" if public else "internal.html"
        path.write_text(
            _render(template, _public(result) if public else _internal(result)),
            encoding="utf-8",
            newline="\n",
        )
        return (path,)


def _public(result: Result) -> Mapping[str, Any]:
    """Nothing but the public roadmap ever reaches the public template."""
    roadmap = publish(result)
    assert roadmap is not None
    areas = {area: number % COLOURS for number, area in enumerate(roadmap.areas)}
    return {
        "title": f"{roadmap.name}: what is coming",
        "roadmap": roadmap,
        "areas": areas,
        "horizons": HORIZONS,
    }


def _internal(result: Result) -> Mapping[str, Any]:
    areas = area_colours(result)
    panels = touchpoints.panels(result)
    return {
        "title": f"{result.project.project.name}: customer experience report",
        "result": result,
        "project": result.project,
        "roadmap": result.roadmap,
        "names": Names.of(result.loaded),
        "areas": areas,
        "summary": summary.summarise(result),
        "map": journey_map.draw(result),
        "heatmap": heatmap.draw(result),
        "chart": effort_impact.draw(result, areas),
        "line": timeline.draw(result, areas),
        "panels": panels,
        "position": {panel.touchpoint.id: panel.position for panel in panels},
        "rank": {item.id: item.rank for item in result.roadmap.items} if result.roadmap else {},
        "gauges": measures.gauges(result),
        "metrics": measures.metric_panels(result),
        "required": {
            c.subject.id for c in result.conclusions if c.subject.about == "initiative" and c.required
        },
        "cautions": [finding for finding in result.warnings if finding.severity == "warning"],
        "remarks": [finding for finding in result.warnings if finding.severity == "note"],
        "horizons": {"short": "short term", "long": "long term", "later": "later"},
    }


def area_colours(result: Result) -> dict[str | None, int]:
    """A colour number for every area in the order declared, then for areas nobody declared, then for none."""
    declared: list[str | None] = [area.id for area in result.project.areas]
    used = {item.area for item in result.roadmap.items} if result.roadmap else set()
    rest = sorted(area for area in used if area is not None and area not in declared)
    order = [*declared, *rest, *([None] if None in used else [])]
    return {area: number % COLOURS for number, area in enumerate(order)}


def _render(template: str, facts: Mapping[str, Any]) -> str:
    """The page with its content security policy: only this style and this script, and no request at all."""
    environment = _environment()
    style, script = (_asset(name) for name in ("report.css", "report.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    page = environment.get_template(template)
    return page.render(policy=policy, style=style, script=script, **facts)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: _pixels(value) if isinstance(value, float) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        fmt=figures,
        Scale=geometry.Scale,
        shorten=geometry.shorten,
        text_width=geometry.text_width,
        journey_map=journey_map,
        effort_impact=effort_impact,
        timeline=timeline,
    )
    return environment


def _pixels(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")  # plus zero turns -0.0 into 0.0


def _asset(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
