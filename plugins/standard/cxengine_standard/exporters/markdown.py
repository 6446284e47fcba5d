"""`roadmap.md`: the roadmap as a document for repositories, wikis and mail."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Exporter, option
from cxengine_standard.exporters import figures
from cxengine_standard.exporters.edition import HORIZONS, Edition, publish
from cxengine_standard.exporters.names import Names

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.metrics.measurement import Measurement

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
        "rox": result.rox,
        "guardrails": result.guardrails,
        "channels": tuple(_by_channel(result, names)),
        "roadmap": result.roadmap,
        "quick_wins": [item for item in items if item.quadrant == "quick win" and item.phases],
        "later": [item for item in items if not item.phases],
        "accounts": result.evidence.accounts,
        "titles": {item.id: item.name for item in items},
        "names": names,
        "horizons": {"short": "Short term", "long": "Long term", "later": "Later"},
    }


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
                found = result.measurements.get(
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
    return environment.get_template(template).render(fmt=figures, **facts)
