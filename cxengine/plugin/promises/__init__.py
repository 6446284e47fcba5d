"""What the methods of each kind of plugin promise to return, checked when they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cxengine.plugin.base import Enricher, Exporter, Grouping, Metric, Plugin, Source
from cxengine.plugin.promises import enrichers, metrics, outputs, sources
from cxengine.plugin.promises.values import Check, is_a, is_or_none, list_of, texts
from cxengine.plugin.remote import Outcome, Plan, RemoteExporter
from cxengine.plugin.scoring import Link, Scoring, Term

__all__ = ["Check", "misdeclared", "of"]

_PROMISES: Mapping[type[Plugin], Mapping[str, Check]] = {
    Source: {
        "read": sources.batch,
        "fingerprints": texts,
        "parts": sources.parts,
        "stamp": is_or_none(str),
        "kept": sources.kept,
        "forget": sources.forget,
        "labels": texts,
        "timezones": texts,
        "propose": is_a(str),
    },
    Enricher: {"offers": enrichers.offers, "enrich": enrichers.enrichment},
    Metric: {
        "refuses": is_or_none(str),
        "doubts": is_or_none(str),
        "range": metrics.bounds,
        "measure": metrics.estimates,
        "draw": metrics.draws,
        "fitted": metrics.parameters,
        "chances": metrics.chances,
        "chances_between": metrics.chances_between,
    },
    Grouping: {"group": outputs.assignments},
    Scoring: {"terms": list_of(Term), "links": list_of(Link), "digest": is_a(Mapping)},
    Exporter: {"export": outputs.paths},
    RemoteExporter: {"plan": is_a(Plan), "apply": is_a(Outcome)},
}


def of(plugin: type[Plugin]) -> Iterator[tuple[str, Check]]:
    """The methods of a plugin that are watched, and what each promises."""
    for kind, methods in _PROMISES.items():
        if issubclass(plugin, kind):
            yield from methods.items()


def misdeclared(plugin: Plugin | type[Plugin]) -> str | None:
    """What is wrong with what a plugin says of itself; a class need not say what its instances will."""
    kind = plugin if isinstance(plugin, type) else type(plugin)
    return metrics.misdeclared(plugin) if issubclass(kind, Metric) else None
