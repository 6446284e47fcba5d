"""The catalogue of metrics as Markdown, from the classes: what each is, and what to beware of.

The docstring of a metric defines it; its paragraphs that begin with one of `PARTS` and a colon are told
apart, and TOML that follows "Example:" is shown. A metric that leaves a part out has that of the class it
derives from. Metrics of other plugins are rendered alike.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

import attrs

from cxengine.plugin.base import Metric
from cxengine.plugin.component import CUSTOMERS, HISTORY
from cxengine.plugin.registry import Registry
from cxengine.project.reference import key_table

PARTS = ("Formula", "Interval", "Accepts", "Limits", "Habits", "Source")
_TOLD = {"Habits": "Bad habits"}
_EXAMPLE = "Example:\n"
_OTHERS = "Other metrics"
QUESTIONS = (
    "How do customers feel?",
    "Are they helped, and how fast?",
    "Do they stay, and do they bring others?",
    "What are they worth?",
    "What do they buy and use, and does it pay?",
    "Anything else",
)
"""The headings of the metrics that ship, in order; further ones follow by name."""

_INTRO = """# Metrics

Generated from the classes of the plugins by `make docs`; `cxengine plugins NAME` shows the entry of any
metric that is installed. A metric measures one signal, wherever that was given: at every touchpoint,
stage and the whole journey, for everybody, every segment and channel, in every period.

- **Reading a value.** It comes with its 95% interval and `n`. What `n` counts is said of each metric.
  Where answers have weights, every count and sum is one of weights; where one customer answered several
  times, answers are alike: `n_eff` is what they are worth together, and where it is below `caution_n` a
  value carries a caution. [statistics.md](statistics.md) has all assumptions.
- **How often intervals hold** is measured, not claimed: each entry has its rows of
  [coverage.md](coverage.md), the share of samples in which the interval holds the planted truth, for 10,
  30, 100 and 1,000 answers.
- **What is not shown.** Cells of too few people are suppressed, and so many others that those do not
  follow: [privacy.md](privacy.md).
- **What is refused.** A signal that a metric does not accept (another scale, direction, way of asking) is
  an error of `cxengine check`, with both places named.
- **Small segments** are also told drawn towards everybody's value (`metrics.<id>.shrunk`), and changes
  from period to period with intervals of their own: [statistics.md](statistics.md#changes).
- **Targets, benchmarks and guardrails**: [`[[metric]]`](reference/metric.md).

A metric that is missing here is declared in TOML with [`formula`](#formula), or comes as a
[plugin](plugins.md). Several become one figure in a [return on experience](#return-on-experience)."""

_ALL_ENGINES = """## What works where

Every metric is measured on every [engine](engines.md), for every segment and period. They differ in:

- **adds up**: a total over time; twice as long a period has about twice as much, and
  [changes](statistics.md#changes) compare it per day covered.
- **read**: *once* are sums and counts of the one scan that all metrics share, *by time* counts by 0.5%
  steps of size, and *by customer* is a scan of its own over all answers. Weights of answers count in all
  but the last, as they say nothing about customers.
- **who answers twice**: *design effect* where the variance is estimated between customers, *worst case*
  where their answers are taken as if they said the same, *is one* where customers are what is counted."""

_ROX = """## Return on experience

How far customers, employees and outcomes have come, as one figure: a tree that each organisation
declares, as there is no published formula. The [reference](reference/rox.md) has all keys.

- **Formula.** sum of weight * (value - base) / (target - base) / sum of weights over the nodes: 0 at the
  bases, 1 at the targets. With `attributed` and `investment` also the ratio (attributed - investment) /
  investment.
- **Interval.** Those of the metrics, put together by how they move together: what the same customers add to
  several of them, whatever signals they are of (Zou and Donner 2008). One node has the interval of its
  metric. Of times until an event, and of metrics of customers, only this is known: nobody in common, or the
  worst. Planted truth: 94.8% to 96.8% of the intervals hold it, for metrics of the same answers, a touchpoint
  and the journey it is part of, customers who answer at both, and trees within trees. The limits of the ratio
  are quantiles of the Beta-PERT distribution of what is attributed.
- **Accepts.** Any metrics, those of employees too, at the journey or a touchpoint, and other trees.
- **Limits.** Weights, bases and targets are a choice: the *assumed share*, the part of the weights that
  nothing backs (`grade = "assumed"`), is always told with it. Where a node is not measured or not shown,
  there is no index.
- **Bad habits.** Weights chosen after a look at the values; an index in place of its nodes; adding up
  what the same customers brought in several nodes.

```toml
[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"

[[rox]]
id = "experience"
name = "Return on experience"
attributed = [20_000, 50_000, 90_000]
investment = 30_000

[[rox.nodes]]
kind = "experience"
metric = "csat"
base = 3.0
target = 4.5
grade = "correlational"
```"""


@attrs.frozen
class Coverage:
    """How often the interval of a metric holds what was planted, in percent as printed, by size of sample."""

    planted: str
    held: tuple[str, ...]
    why: str = ""


def catalogue(registry: Registry, coverage: Mapping[str, Sequence[Coverage]] | None = None) -> str:
    """The page: a table of contents, the metrics by what one wants to know, what works where."""
    metrics = [offer.plugin for offer in registry.offers if issubclass(offer.plugin, Metric)]
    groups = {heading: [m for m in metrics if _question(m) == heading] for heading in _headings(metrics)}
    parts = [_INTRO, *(_contents(heading, group) for heading, group in groups.items())]
    parts += ["Then: [what works where](#what-works-where), [return on experience](#return-on-experience)."]
    for heading, group in groups.items():
        parts.append(f"## {heading}")
        parts += [entry(metric, (coverage or {}).get(metric.name, ())) for metric in group]
    parts += [_ALL_ENGINES, _abilities(metrics), _ROX]
    return "\n\n".join(parts).rstrip() + "\n"


def entry(metric: type[Metric], coverage: Sequence[Coverage] = ()) -> str:
    """What there is to say of one metric."""
    return "\n\n".join(_entry(metric, coverage))


def _question(metric: type[Metric]) -> str:
    return metric.question or _OTHERS


def _headings(metrics: Sequence[type[Metric]]) -> tuple[str, ...]:
    found = {_question(metric) for metric in metrics}
    known = (*QUESTIONS, *sorted(found - {*QUESTIONS, _OTHERS}), _OTHERS)
    return tuple(heading for heading in known if heading in found)


def _contents(heading: str, metrics: Sequence[type[Metric]]) -> str:
    rows = [f"**{heading}**", "", "| metric | what it is | unit | which end is good |", "|---|---|---|---|"]
    rows += [f"| [`{m.name}`](#{m.name}) | {_title(m)} | {_unit(m)} | {_good(m)} |" for m in metrics]
    return "\n".join(rows)


def _entry(metric: type[Metric], coverage: Sequence[Coverage]) -> Iterator[str]:
    definition, parts, example = _told(metric)
    yield f"### {metric.name}"
    yield f"**{_title(metric)}**"
    yield from definition
    words = metric.accepts.words()
    if "Accepts" not in parts and words:
        parts["Accepts"] = f"{_sentence(words, formula=False)}."
    told = [f"- **{_TOLD.get(part, part)}.** {parts[part]}" for part in PARTS if part in parts]
    told.insert(1, f"- **n** counts {metric.counts}. **Good** is {_good_words(metric)}.")
    if components := _components(metric):
        each = ", ".join(f"`{name}` = `{text}`" for name, text in components.items())
        told.append(f"- **Components.** {each}.")
    yield "\n".join(told)
    if metric.Options.__name__ != "NoOptions":
        yield key_table(metric.Options)
    if coverage:
        yield "\n".join(_covered(coverage))
    if example:
        yield f"```toml\n{example}\n```"


def _covered(coverage: Sequence[Coverage]) -> Iterator[str]:
    yield "| intervals hold (%), of | 10 | 30 | 100 | 1,000 |"
    yield "|---|---:|---:|---:|---:|"
    for one in coverage:
        why = f" ({one.why})" if one.why else ""
        yield f"| {one.planted}{why} | {' | '.join(one.held)} |"


def _abilities(metrics: Sequence[type[Metric]]) -> str:
    rows = ["| metric | `n` counts | adds up | read | who answers twice |", "|---|---|---|---|---|"]
    for metric in metrics:
        said: object = metric.adds_up
        depends = "adds_up" in {field.name for field in attrs.fields(metric.Options)}
        depends = depends or not isinstance(said, bool)
        adds = "if declared" if depends else "yes" if said else ""
        cells = (f"[`{metric.name}`](#{metric.name})", metric.counts, adds, *_read(metric))
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _read(metric: type[Metric]) -> tuple[str, str]:
    """How its components are read, and what becomes of customers who answer more than once."""
    text = " ".join(_components(metric).values())
    if set(re.findall(r"(\w+)\(", text)) & CUSTOMERS:
        return "by customer", "is one"
    if any(re.search(rf"\b{name}\b", text) for name in HISTORY):
        return "once, customers' answers in order", "design effect"
    return ("by time", "worst case") if "log_histogram" in text else ("once", "design effect")


def _components(metric: type[Metric]) -> Mapping[str, str]:
    """Those of the class; none where they depend on options or the signal."""
    found = getattr(metric, "components", None)
    return found if isinstance(found, Mapping) else {}


def _title(metric: type[Metric]) -> str:
    return getattr(metric, "title", metric.name)


def _unit(metric: type[Metric]) -> str:
    said: object = metric.unit
    return said if isinstance(said, str) and said else "of the signal, if any"


def _good(metric: type[Metric]) -> str:
    if metric.best is not None:
        return f"neither: near {metric.best:g}"
    told = {"higher_is_better": "high", "lower_is_better": "low", "as_signal": "as the signal says"}
    return told.get(metric.direction, "as declared")


def _good_words(metric: type[Metric]) -> str:
    if metric.best is not None:
        return f"near {metric.best:g}, so that it takes no target, benchmark or guardrail"
    if "direction" in {field.name for field in attrs.fields(metric.Options)}:
        return "what the option `direction` says"
    return {"high": "high", "low": "low"}.get(_good(metric), "what the signal says")


def _told(metric: type[Metric]) -> tuple[list[str], dict[str, str], str]:
    """The paragraphs that define a metric, its parts (its own, or those it derives), and its example."""
    definition: list[str] = []
    parts: dict[str, str] = {}
    for kind in metric.__mro__[: metric.__mro__.index(Metric)]:
        text, _, _ = _split(kind)
        for paragraph in text.split("\n\n"):
            part, colon, rest = paragraph.partition(": ")
            if colon and part in PARTS:
                parts.setdefault(part, _sentence(rest, formula=part == "Formula"))
            elif kind is metric and paragraph.strip():
                definition.append(paragraph.strip())
    return definition, parts, example(metric)


def example(metric: type[Metric]) -> str:
    """The TOML that its docstring shows; empty where it shows none."""
    _, _, written = _split(metric)
    return textwrap.dedent(written).strip()


def _split(kind: type) -> tuple[str, str, str]:
    return inspect.cleandoc(vars(kind).get("__doc__") or "").partition(_EXAMPLE)


def _sentence(text: str, *, formula: bool) -> str:
    """On one line, beginning with a capital unless it begins with a name."""
    line = " ".join(text.split())
    return line if formula else line[0].upper() + line[1:]
