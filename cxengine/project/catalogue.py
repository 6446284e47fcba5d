"""The catalogue of metrics as Markdown, from the classes: definition, formula, interval, limits, source.

The docstring of a metric defines it; its paragraphs that begin with one of `PARTS` and a colon are told
apart. A metric that leaves one out has that of the class it derives from.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from cxengine.plugin.base import Metric
from cxengine.plugin.registry import Registry
from cxengine.project.reference import key_table

PARTS = ("Formula", "Interval", "Limits", "Source")

_INTRO = """# Metrics

Generated from the classes by `make docs`. A metric is a formula over components that add up: counts and sums
over the answers to one signal. So every touchpoint, stage, segment, channel and period is measured from one
scan, and a new month is added to what is stored. The functions of components are `count`, `sum`, `min`,
`max`, `log_histogram` (counts by 1% steps of size, for quantiles), and, each by one more scan that is keyed
by customer, `histories` (when and how often each came) and `growth` (what each spent in two periods).

In formulas `n` are the answers; with weights, every count and sum is one of weights, and intervals are those
of Kish's effective number of answers. Where answers come in clusters, such as several of one customer, that
number is smaller still. Intervals are 95%; [how often they hold](coverage.md) is measured. A signal that a
metric does not accept is refused when the project is loaded. What
`target`, `benchmark` and `guardrail` do: [`[[metric]]`](reference/metric.md).

Metrics that are missing here are declared in TOML with [`formula`](#formula)."""


def catalogue(registry: Registry) -> str:
    """The page."""
    metrics = [offer.plugin for offer in registry.offers if issubclass(offer.plugin, Metric)]
    index = ["| metric | what it is | unit | which end is good |", "|---|---|---|---|"]
    index += [f"| [`{m.name}`](#{m.name}) | {m.title} | {_unit(m)} | {_good(m)} |" for m in metrics]
    entries = ["\n\n".join(_entry(metric)) for metric in metrics]
    return "\n\n".join([_INTRO, "\n".join(index), *entries]).rstrip() + "\n"


def _entry(metric: type[Metric]) -> Iterator[str]:
    definition, parts = _told(metric)
    yield f"## {metric.name}"
    yield f"**{metric.title}**"
    yield from definition
    told = [f"- **{part}.** {parts[part]}" for part in PARTS if part in parts]
    words = metric.accepts.words()
    told += [f"- **Accepts.** {_sentence(words, formula=False)}."] if words else []
    components = getattr(metric, "components", None)
    if isinstance(components, Mapping):
        each = ", ".join(f"`{name}` = `{text}`" for name, text in components.items())
        told.append(f"- **Components.** {each}.")
    yield "\n".join(told)
    if metric.Options.__name__ != "NoOptions":
        yield key_table(metric.Options)


def _unit(metric: type[Metric]) -> str:
    return metric.unit or "of the signal, if any"


def _good(metric: type[Metric]) -> str:
    told = {"higher_is_better": "high", "lower_is_better": "low", "as_signal": "as the signal says"}
    return told[metric.direction]


def _told(metric: type[Metric]) -> tuple[list[str], dict[str, str]]:
    """The paragraphs that define a metric, and its parts: its own, or those of classes it derives from."""
    definition: list[str] = []
    parts: dict[str, str] = {}
    for kind in metric.__mro__[: metric.__mro__.index(Metric)]:
        for paragraph in inspect.cleandoc(vars(kind).get("__doc__") or "").split("\n\n"):
            part, colon, text = paragraph.partition(": ")
            if colon and part in PARTS:
                parts.setdefault(part, _sentence(text, formula=part == "Formula"))
            elif kind is metric and paragraph:
                definition.append(paragraph)
    return definition, parts


def _sentence(text: str, *, formula: bool) -> str:
    """On one line, beginning with a capital unless it begins with a name."""
    line = " ".join(text.split())
    return line if formula else line[0].upper() + line[1:]
