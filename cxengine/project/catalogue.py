"""The catalogue of metrics as Markdown, from the classes: what each is, from what, how sure, its limits."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping

from cxengine.plugin.base import Metric
from cxengine.plugin.registry import Registry
from cxengine.project.reference import key_table

_INTRO = """# Metrics

Generated from the classes by `make docs`. A metric is a formula over components that add up: counts and sums
over the answers to one signal. So every touchpoint, stage, segment and period is measured from one scan, and
a new month is added to what is stored. Values come with 95% intervals; weighted answers count with Kish's
effective sample size. The functions of components are `count`, `sum`, `min`, `max`, `log_histogram` (counts
by 1% steps of size, for quantiles) and `histories` (what each customer did); only the last needs a scan of
its own, keyed by customer.

Metrics that are missing here are declared in TOML with [`formula`](#formula)."""


def catalogue(registry: Registry) -> str:
    """The page."""
    metrics = [offer.plugin for offer in registry.offers if issubclass(offer.plugin, Metric)]
    index = ["| metric | what it is |", "|---|---|"]
    index += [f"| [`{m.name}`](#{m.name}) | {m.title} |" for m in metrics]
    entries = ["\n\n".join(_entry(metric)) for metric in metrics]
    return "\n\n".join([_INTRO, "\n".join(index), *entries]).rstrip() + "\n"


def _entry(metric: type[Metric]) -> Iterator[str]:
    yield f"## {metric.name}"
    yield f"**{metric.title}**{_unit(metric)}"
    yield from _texts(metric)
    words = metric.accepts.words()
    if words:
        yield f"Accepts: {words}."
    components = getattr(metric, "components", None)
    if isinstance(components, Mapping):
        yield "\n".join(["Components:", "", *(f"- `{name}` = `{text}`" for name, text in components.items())])
    if metric.Options.__name__ != "NoOptions":
        yield key_table(metric.Options)


def _unit(metric: type[Metric]) -> str:
    told = [metric.unit, "" if metric.direction == "as_signal" else metric.direction.replace("_", " ")]
    return "".join(f", {one}" for one in told if one)


def _texts(metric: type[Metric]) -> Iterator[str]:
    """What the class and those it derives from say of themselves."""
    for kind in metric.__mro__:
        if kind is Metric:
            return
        if "__doc__" in vars(kind) and kind.__doc__:
            yield inspect.cleandoc(kind.__doc__)
