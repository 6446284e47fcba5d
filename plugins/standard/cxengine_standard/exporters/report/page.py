"""`report.html`: the whole run on one page that needs nothing but a browser."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.language import STEPS, Code, Language, language
from cxengine_standard.exporters.names import Names
from cxengine_standard.exporters.report import (
    drivers,
    effort_impact,
    flows,
    geometry,
    heat_metrics,
    heatmap,
    journey_map,
    measures,
    summary,
    timeline,
    touchpoints,
)
from cxengine_standard.exporters.report.chain import Chains, chains
from cxengine_standard.exporters.report.changes import changes
from cxengine_standard.exporters.report.outlook import outlook
from cxengine_standard.exporters.report.standing import standing
from cxengine_standard.exporters.report.voices import voices

if TYPE_CHECKING:
    import jinja2
    import markupsafe

    from cxengine.engine import Result

COLOURS = 6
"""Colours for areas; the seventh area starts again with the first."""
PHASES = ("discover", "define", "design", "deliver", "test", "pilot")
MANY = 100
"""Beyond so many initiatives or touchpoints, what is folded is only laid out when it is opened."""
BOTH_WAYS = 400
"""Up to so many initiatives, the timeline is drawn by area and by team; beyond them by area only."""
STYLES = ("tokens.css", "chart.css", "page.css", "paper.css")
SCRIPTS = ("panels.js", "chain.js", "filters.js", "heatmap.js", "journey.js")
_HERE = Path(__file__).parent


@attrs.frozen
class HtmlOptions:
    """What the report shows."""

    edition: Edition = option("`internal`, or `public`: what customers may see.", default="internal")
    language: Code = option("The language of texts, numbers and dates: `en` or `de`.", default="en")


class HtmlExporter(Exporter):
    """Writes `report.html`, or `report.public.html`: self-contained, offline, readable without JavaScript."""

    name = "html"
    Options = HtmlOptions

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """The page; none for the public edition of a run that plans nothing."""
        public, say = self.options.edition == "public", language(self.options.language)
        if public and result.roadmap is None:
            return ()
        path = folder / ("report.public.html" if public else "report.html")
        page = (
            render("public.html", _public(result, say), say)
            if public
            else render("internal.html", internal(result, say), say)
        )
        path.write_text(page, encoding="utf-8", newline="\n")
        return (path,)


def _public(result: Result, say: Language) -> Mapping[str, Any]:
    """Nothing but the public roadmap ever reaches the public template."""
    roadmap = publish(result, say)
    assert roadmap is not None
    areas = {area: number % COLOURS for number, area in enumerate(roadmap.areas)}
    return {
        "title": say.text("%(name)s: what is coming", name=roadmap.name),
        "roadmap": roadmap,
        "areas": areas,
        "horizons": HORIZONS,
        "data": None,
    }


def internal(result: Result, say: Language) -> dict[str, Any]:
    """Everything that the templates of the internal edition read."""
    areas = area_colours(result)
    panels = touchpoints.panels(result, say)
    position: dict[str, int] = {panel.touchpoint.id: panel.position for panel in panels}
    items = result.roadmap.items if result.roadmap else ()
    drawn = journey_map.draw(result, say)
    metrics = heat_metrics.metrics(result, say)
    found, names = chains(result), Names.of(result.loaded, say)
    remembered = next(
        (one for one in result.insight.remembered if one.segment == "all" and not one.persona), None
    )
    return {
        "title": say.text("%(name)s: customer experience report", name=result.project.project.name),
        "result": result,
        "project": result.project,
        "roadmap": result.roadmap,
        "names": names,
        "areas": areas,
        "summary": summary.summarise(result, say),
        "changes": changes(result, say),
        "map": drawn,
        "flows": flows.draw(result, say),
        "heatmap": heatmap.draw(result, say),
        "heat_metrics": metrics,
        "drivers": drivers.models(result, position, say),
        "chart": effort_impact.draw(result, areas, say),
        "standing": standing(result, say),
        "outlook": outlook(result, say),
        "goals": result.roadmap.goal_outcomes if result.roadmap else (),
        "phases": _phases(result),
        "line": timeline.draw(result, areas, say),
        "line_by_team": timeline.draw(result, areas, say, by="team") if len(items) <= BOTH_WAYS else None,
        "moments": {one.touchpoint: one for one in result.insight.moments},
        "remembered": remembered,
        "remembered_ends": ", ".join(map(names.touchpoint, remembered.ends)) if remembered else "",
        "profiles": {profile.persona: profile for profile in result.insight.profiles},
        "gaps": sorted(
            (gap for gap in result.insight.gaps.gaps if gap.segment == "all" and gap.size.low > 0),
            key=lambda gap: -(gap.part or 0.0),
        ),
        "panels": panels,
        "many": max(len(items), len(panels)) > MANY,
        "position": position,
        "chains": found,
        "rank": {item.id: item.rank for item in items},
        "titles": {item.id: item.name for item in items},
        "gauges": measures.gauges(result),
        "metrics": measures.metric_panels(result, say),
        "verbatims": voices(result, say),
        "required": {
            c.subject.id for c in result.conclusions if c.subject.about == "initiative" and c.required
        },
        "cautions": [finding for finding in result.warnings if finding.severity == "warning"],
        "remarks": [finding for finding in result.warnings if finding.severity == "note"],
        "horizons": {
            "short": say.word("short term"),
            "long": say.word("long term"),
            "later": say.word("later"),
        },
        "data": embedded(_data(result, drawn, metrics, found, say)),
    }


def _phases(result: Result) -> tuple[str, ...]:
    """The phases that the roadmap has, in their order."""
    items = result.roadmap.items if result.roadmap else ()
    used = {slot.phase for item in items for slot in item.phases}
    return tuple(phase for phase in PHASES if phase in used)


def _data(
    result: Result,
    drawn: journey_map.JourneyMap,
    metrics: Sequence[Mapping[str, Any]],
    found: Chains,
    say: Language,
) -> Mapping[str, Any]:
    """What the scripts read."""
    least = result.project.privacy.minimum_n
    return {
        "language": say.code,
        "least": least,
        "words": {
            "shown": say.word("%(n)s of %(all)s"),
            "none": say.word("no answers"),
            "few": say.text("fewer than %(least)s answers: not shown", least=least),
            "interval": say.word("%(value)s (%(low)s to %(high)s), n = %(n)s"),
            "better": say.word("better than everybody beyond chance"),
            "worse": say.word("worse than everybody beyond chance"),
            "same": say.word("no clear difference from everybody"),
            "drawn": say.word("%(value)s when drawn towards everybody as far as chance explains it"),
            "target": say.word(
                "%(metric)s by touchpoint and segment, coloured by the distance from the target of"
                " %(middle)s."
                " Strong colour and ▲ or ▼: different from everybody beyond chance."
            ),
            "mean": say.word(
                "%(metric)s by touchpoint and segment, coloured by the distance from the mean of all"
                " touchpoints, %(middle)s."
                " Strong colour and ▲ or ▼: different from everybody beyond chance."
            ),
        },
        "kinds": {kind: say.word(kind) for kind in STEPS},
        "overlays": [attrs.asdict(one) for one in drawn.overlays],
        "heat": metrics,
        "chain": found.steps,
    }


def embedded(value: object) -> markupsafe.Markup:
    """JSON for a script element: no sign in it can end the element or begin another."""
    import markupsafe

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return markupsafe.Markup(text)  # noqa: S704  escaped above


def area_colours(result: Result) -> dict[str | None, int]:
    """A colour number for every area in the order declared, then for areas nobody declared, then for none."""
    declared: list[str | None] = [area.id for area in result.project.areas]
    used = {item.area for item in result.roadmap.items} if result.roadmap else set()
    rest = sorted(area for area in used if area is not None and area not in declared)
    order = [*declared, *rest, *([None] if None in used else [])]
    return {area: number % COLOURS for number, area in enumerate(order)}


def render(template: str, facts: Mapping[str, Any], say: Language) -> str:
    """The page with its content security policy: only this style and this script, and no request at all."""
    script = f'"use strict";\n(() => {{\n{"".join(map(asset, SCRIPTS))}}})();\n' if facts["data"] else ""
    style = "".join(map(asset, STYLES))
    allowed = f"'{_hash(script)}'" if script else "'none'"
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src {allowed};"
        " base-uri 'none'; form-action 'none'"
    )
    page = environment(say.code).get_template(template)
    return page.render(policy=policy, style=style, script=script, **facts)


@cache
def environment(code: Code) -> jinja2.Environment:
    """The templates, in a language."""
    import jinja2

    say = language(code)
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: pixels(value) if isinstance(value, float) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        lambda message: say.texts.get(message, message),
        lambda one, many, n: say.plurals.get(one, (one, many))[n != 1],
        newstyle=True,
    )
    found.globals.update(
        fmt=say,
        Scale=geometry.Scale,
        shorten=geometry.shorten,
        text_width=geometry.text_width,
        journey_map=journey_map,
        effort_impact=effort_impact,
        drivers_chart=drivers,
        timeline=timeline,
    )
    return found


def pixels(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")  # plus zero turns -0.0 into 0.0


def asset(name: str) -> str:
    """A style or a script."""
    folder = "styles" if name.endswith(".css") else "scripts"
    return (_HERE / folder / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
