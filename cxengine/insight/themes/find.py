"""From texts and their labels to themes: how often, at which touchpoints, with which feelings."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from cxengine.insight.difference import Known, chance_of, spread
from cxengine.insight.moments import feeling_signals
from cxengine.insight.themes.persons import NOBODY_TWICE, Persons, persons, repeated
from cxengine.insight.themes.queries import LONGEST, SHORTEST, Queries
from cxengine.insight.themes.silence import Label, tellable
from cxengine.insight.themes.telling import Written, most_telling
from cxengine.insight.themes.theme import Telling, Theme, Themes
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import ALL
from cxengine.metrics.suppression import threshold
from cxengine.plugin import intervals

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.insight import Insight
    from cxengine.project import Loaded
    from cxengine.project.model import Project

Row = Mapping[str, Any]

_SHOWN = 3
"""Texts of a pain, at most."""
_FEWEST = 2
"""Responses, at least, on either side of a difference."""
_LOOKED_AT = 20_000
"""Distinct texts that are looked at for a pain, at most."""


def themes(
    loaded: Loaded,
    evidence: Evidence,
    insight: Insight,
    present: int | None,
    previous: Sequence[Row] = (),
) -> Themes:
    """What people write about, and what tells most of every pain.

    Nothing is told of fewer persons than any cell may have (`minimum_n`), nor what would give them away
    beside what else is shown, or beside the themes of the `previous` run. Texts are only shown of sources
    that an enricher takes personal data out of, and of employees only where twice as many wrote. Kept
    evidence holds who wrote about what, and no texts: themes are told then, and no text is shown.
    """
    project = loaded.project
    signals = _signals(project)
    written = any(source.mapping.verbatims for source in project.sources)
    if not signals or not written:
        return Themes()
    queries = Queries(project, signals, present)
    least = max(threshold(project, signal) for signal in signals)
    shown, withheld = _sources(loaded)
    rows: list[Row] = evidence.whole.execute(queries.crossed()).to_pylist()
    together: list[Row] = []
    if repeated(rows):
        together = evidence.whole.execute(queries.by_person()).to_pylist()
    felt = _felt(insight)
    combined: list[Row] = evidence.whole.execute(queries.combined()).to_pylist()
    known = {(place, label) for place, label in tellable(rows, combined, previous, least) if place in felt}
    telling = () if evidence.kept is not None else _telling(queries, evidence, felt, shown, least)
    return Themes(
        themes=tuple(sorted(_themes(rows, known, together), key=_place)),
        telling=tuple(telling),
        withheld=withheld,
    )


def _signals(project: Project) -> list[Any]:
    """What tells a feeling besides the texts themselves."""
    found = {str(signal) for table in project.enrichers for signal in table.signals.values()}
    return [signal for signal in feeling_signals(project) if str(signal.id) not in found]


def _sources(loaded: Loaded) -> tuple[dict[str, int], tuple[str, ...]]:
    """Sources whose texts may be shown, by how many times `minimum_n` must write; and those withheld."""
    project = loaded.project
    rewriting = [t for t in project.enrichers if loaded.uses["enricher", t.id].plugin.rewrites]
    written = [source for source in project.sources if source.mapping.verbatims]
    shown = {
        str(source.id): 2 if source.kind == "employee" else 1
        for source in written
        if any(not table.sources or source.id in table.sources for table in rewriting)
    }
    return shown, tuple(str(source.id) for source in written if str(source.id) not in shown)


def _felt(insight: Insight) -> list[str]:
    """Touchpoints whose feelings may be shown, in the order of the journey."""
    return [f.touchpoint for f in insight.feelings if f.segment == ALL and not f.emotion.suppressed]


def _themes(
    rows: Sequence[Row], shown: Container[tuple[str, Label]], together: Sequence[Row]
) -> Iterator[Theme]:
    """Themes that are shown; `together` are products of totals of persons, where some wrote again."""
    whole = {row["touchpoint"]: row for row in rows if row["label"] is None}
    products = {(row["touchpoint"], row["enricher"], row["label"]): row for row in together}
    for row in rows:
        if row["label"] is None:
            continue
        place, label = row["touchpoint"], (row["enricher"], row["label"])
        rest = {name: whole[place][name] - row[name] for name in ("n", "x", "xx")}
        if (place, label) in shown and min(row["n"], rest["n"]) >= _FEWEST:
            alike = NOBODY_TWICE
            if products:
                alike = persons(row, rest, products[place, *label], products[place, None, None])
            yield _theme(row, rest, alike)


def _theme(row: Row, rest: Row, alike: Persons) -> Theme:
    n, mentions = row["n"] + rest["n"], row["n"]
    known = alike.share.of_a_share(float(n))
    low, high = intervals.wilson(np.array([mentions / n]), np.array([known]))
    difference, p = _difference(row, rest, alike)
    return Theme(
        enricher=row["enricher"],
        theme=row["label"],
        touchpoint=row["touchpoint"],
        n=n,
        mentions=mentions,
        share=Interval(mentions / n, float(low[0]), float(high[0])),
        feeling=row["x"] / mentions,
        otherwise=rest["x"] / rest["n"],
        difference=difference,
        p=p,
    )


def _difference(one: Row, other: Row, alike: Persons) -> tuple[Interval, float]:
    """The difference of two means with Welch's interval and p-value.

    Source: Welch, Biometrika 34 (1947) 28-35.
    """
    from scipy.special import stdtrit

    value = one["x"] / one["n"] - other["x"] / other["n"]
    known = alike.mentioned.known(one["n"]), alike.otherwise.known(other["n"])
    if min(known[0].n, known[1].n) <= 1:
        return Interval(value, -2.0, 2.0), 1.0
    errors = _error(one, known[0]), _error(other, known[1])
    squared, degrees = spread(errors, (known[0].degrees, known[1].degrees), alike.correlation)
    half = float(stdtrit(degrees, 0.975)) * sqrt(max(squared, 0.0))
    assert isfinite(half)
    p = chance_of(abs(value), errors, (known[0].degrees, known[1].degrees), alike.correlation)
    return Interval(value, value - half, value + half), p


def _error(row: Row, known: Known) -> float:
    """The squared standard error of a mean; at least that of a hundredth of a point between answers."""
    variance = (row["xx"] - row["x"] ** 2 / row["n"]) / (row["n"] - 1)
    error = float(max(variance, 1e-4)) / float(row["n"])
    return error if known.n == row["n"] else error * (row["n"] - 1) / (known.n - 1)


def _place(one: Theme) -> tuple[str, str, str]:
    return one.enricher, one.theme, one.touchpoint


def _telling(
    queries: Queries, evidence: Evidence, touchpoints: Sequence[str], sources: Mapping[str, int], least: int
) -> Iterator[Telling]:
    """The most telling texts of every touchpoint, of the sources where enough wrote who had a bad answer."""
    wrote: list[Row] = evidence.whole.execute(queries.writers(list(sources))).to_pylist()
    allowed = {
        (row["touchpoint"], row["source"]): row["n"]
        for row in wrote
        if row["touchpoint"] in touchpoints and row["n"] >= sources[row["source"]] * least
    }
    texts: dict[str, list[Written]] = {}
    for row in evidence.whole.execute(queries.texts(list(sources), _LOOKED_AT)).to_pylist():
        if (row["touchpoint"], row["source"]) in allowed:
            texts.setdefault(row["touchpoint"], []).append(Written(row["text"], row["n"], row["bad"]))
    for touchpoint in (one for one in touchpoints if one in texts):
        written = texts[touchpoint]
        shown = [one.text for one in written if one.bad and SHORTEST <= len(one.text) <= LONGEST]
        if told := most_telling(written, shown, _SHOWN):
            yield Telling(
                touchpoint, told, sum(n for (place, _), n in allowed.items() if place == touchpoint)
            )
