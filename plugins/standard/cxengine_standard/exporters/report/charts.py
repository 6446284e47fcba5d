"""Every chart of the report as a picture of its own, for slides and documents: SVG, and PNG of it.

The charts are those of the page, with the colours of the light scheme written out, so that any program can
draw them. Pictures do not link anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.language import Code, Language, language
from cxengine_standard.exporters.office import not_installed, printable
from cxengine_standard.exporters.report import heatmap
from cxengine_standard.exporters.report.geometry import shorten, text_width, wrap
from cxengine_standard.exporters.report.page import COLOURS, asset, environment, internal

if TYPE_CHECKING:
    from cxengine.engine import Result

FONT = 'font-family="Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif"'
HEAD = 30.0
CELL, LEFT = 96.0, 250.0
SCALE = 2.0
"""Pixels of a PNG for each of the SVG: sharp on a projector and in print."""


@attrs.frozen
class ChartsOptions:
    """What the pictures show."""

    language: Code = option("The language of texts, numbers and dates: `en` or `de`.", default="en")
    png: bool = option("Whether a PNG is written beside every SVG; needs `cxengine[office]`.", default=True)


class ChartsExporter(Exporter):
    """Writes `charts/`: every chart of the internal report as SVG and PNG."""

    name = "charts"
    Options = ChartsOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The pictures of what the run has."""
        target = folder / "charts"
        target.mkdir(exist_ok=True)
        files = []
        for name, svg in charts(result, language(self.options.language)).items():
            files.append(target / f"{name}.svg")
            files[-1].write_text(svg, encoding="utf-8", newline="\n")
            if self.options.png:
                files.append(target / f"{name}.png")
                files[-1].write_bytes(png(svg))
        return tuple(files)


def charts(result: Result, say: Language) -> dict[str, str]:
    """Every chart as an SVG document, by the name of its file."""
    facts = internal(result, say)
    return {name: printable(_standalone(svg, title)) for name, title, svg in _drawn(facts, say)}


def _drawn(facts: Mapping[str, Any], say: Language) -> Iterator[tuple[str, str, str]]:
    """Names, titles and the markup of the page."""

    def draw(template: str, **more: object) -> str:
        return environment(say.code).get_template(template).render({**facts, **more})

    yield "journey-map", facts["summary"].hurts, draw("journey_map.svg")
    for flow in facts["flows"]:
        yield f"observed-{flow.journey.id}", flow.headline, draw("flow.svg", flow=flow)
    if facts["heatmap"]:
        title = say.text("Emotion by touchpoint and segment")
        yield "heatmap", title, draw("heatmap.svg", grid=_grid(facts["heatmap"]))
    for model in facts["drivers"]:
        if model.chart:
            yield f"drivers-{model.found.id}", model.headline, draw("drivers.svg", chart=model.chart)
    if facts["chart"]:
        yield "effort-impact", say.text("Effort and impact"), draw("effort_impact.svg")
    if facts["line"]:
        yield "roadmap-by-area", say.text("Roadmap by area"), draw("timeline.svg")
    if facts["line_by_team"]:
        title = say.text("Roadmap by team")
        yield "roadmap-by-team", title, draw("timeline.svg", line=facts["line_by_team"])


def png(svg: str) -> bytes:
    """The picture of an SVG document, at twice its size.

    Raises:
        OutputError: what draws pictures is not installed.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise not_installed("PNG pictures", "resvg_py") from error
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=int(SCALE)))


# --- a document of its own -------------------------------------------------------------------------


def _standalone(svg: str, title: str) -> str:
    """The markup of the page as a document: a title above, a white ground, colours written out, no links."""
    found = re.search(r'<svg class="([^"]*)"[^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    assert found, "every chart says how large it is"
    kind, width, height = found[1], float(found[2]), float(found[3])
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    inner = re.sub(r'<a href="[^"]*"(?: tabindex="-1")?', "<g", inner).replace("</a>", "</g>")
    marker = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        ' markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        '<path class="arrowhead" d="M0 .5L7.5 4L0 7.5z"/></marker></defs>'
    )
    wide, whole = f"{width + 32:g}", f"{height + HEAD + 16:g}"
    head = _escaped(shorten(title, width, 15))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 {wide} {whole}" width="{wide}"'
        f' height="{whole}" {FONT}>\n<style>{_style()}</style>\n{marker}\n'
        f'<rect x="-16" y="0" width="{wide}" height="{whole}" fill="#ffffff"/>\n'
        f'<text x="0" y="20" font-size="15" font-weight="bold" fill="#17202c">{head}</text>\n'
        f'<g class="{kind}" transform="translate(0 {HEAD:g})">{inner}</g>\n</svg>\n'
    )


def _escaped(text: str) -> str:
    import markupsafe

    return str(markupsafe.escape(text))


def _style() -> str:
    """The rules of the charts without variables: those of areas once for every colour."""
    light = asset("tokens.css").split("@media", 1)[0]
    values = {**dict(re.findall(r"(--\w+): ([^;]+);", light)), "--page": "#ffffff"}
    found = []
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", asset("chart.css")):
        selector = selector.strip()  # noqa: PLW2901
        if "--c:" in body or ":hover" in selector:
            continue
        for number in range(COLOURS) if "var(--c)" in body else (None,):
            own = body if number is None else body.replace("var(--c)", values[f"--a{number}"])
            places = selector if number is None else _coloured(selector, number)
            found.append(f"{places}{{{re.sub(r'var[(](--[a-z0-9]+)[)]', lambda m: values[m[1]], own)}}}")
    return "".join(found)


def _coloured(selector: str, number: int) -> str:
    """Where an area's colour holds: on the element itself and on what is in it."""
    parts = []
    for one in selector.split(","):
        *outer, last = one.split()
        before = " ".join(outer)
        parts += [f"{before} .a{number} {last}".strip(), f"{before} {last}.a{number}".strip()]
    return ",".join(parts)


# --- the heatmap, which is a table on the page -----------------------------------------------------


@attrs.frozen
class GridRow:
    """A touchpoint: its cells with their places."""

    y: float
    name: str
    cells: tuple[tuple[float, heatmap.HeatCell], ...]


@attrs.frozen
class Grid:
    """The heatmap in pixels."""

    width: float
    height: float
    left: float
    top: float
    cell: float
    heads: tuple[tuple[float, tuple[str, ...]], ...]
    rows: tuple[GridRow, ...]


def _grid(found: heatmap.Heatmap) -> Grid:
    left = min(LEFT, max(text_width(row.name, 12) for row in found.rows) + 20)
    heads = [wrap(name, CELL - 8, 11.5, 3) for name in found.columns]
    top = 20 + 14 * max(map(len, heads))
    return Grid(
        width=left + CELL * len(found.columns),
        height=top + 30 * len(found.rows),
        left=left,
        top=top,
        cell=CELL,
        heads=tuple((left + CELL * (i + 0.5), lines) for i, lines in enumerate(heads)),
        rows=tuple(
            GridRow(
                top + 30 * i,
                shorten(row.name, left - 16, 12),
                tuple((left + CELL * j, cell) for j, cell in enumerate(row.cells)),
            )
            for i, row in enumerate(found.rows)
        ),
    )
