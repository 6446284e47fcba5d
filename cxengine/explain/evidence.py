"""Facts down to where they come from: measurements, the sources behind them, and what authors declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.insight.drivers.facts import Backing, backing
from cxengine.insight.moments import feeling_signals
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import Cell, Measurement
from cxengine.rules.conclusion import Subject
from cxengine.rules.conditions import exactly
from cxengine.rules.wording import listed

FEELINGS = ("pain", "love", "emotion", "reach", "n")


def measured(known: Known, metric: str, subject: Subject) -> Step:
    """A metric at a touchpoint (of a segment), and the sources that it was calculated from."""
    cell = Cell("touchpoint", subject.id, subject.segment)
    return _measurement(known, metric, cell, known.named(subject))


def measured_everywhere(known: Known, metric: str) -> Step:
    """A metric of the whole journey."""
    return _measurement(known, metric, Cell("journey", known.project.project.id), "the whole journey")


def _measurement(known: Known, metric: str, cell: Cell, place: str) -> Step:
    table = next(m for m in known.project.metrics if m.id == metric)
    found = known.result.measurements.told(metric, cell.level, cell.subject, segment=cell.segment)
    text = f"{table.name or metric} at {place}: {_told(found)}"
    touchpoint = cell.subject if cell.level == "touchpoint" else None
    shown = found is not None and not found.suppressed
    parts = tuple(_sources(known, touchpoint, [table.signal])) if shown else ()
    return Step("measurement", text, known.origins.locate(("metric", metric)), parts)


def _told(found: Measurement | None) -> str:
    if found is None:
        return "nobody answered"
    if found.suppressed:
        return "too few answers to be shown"
    interval = f"95% {exactly(found.low)} to {exactly(found.high)}"
    told = f"{exactly(found.value)} ({interval}, n = {found.n}, effective n = {found.n_eff:.4g})"
    then = "" if found.as_of is None else f", as of {found.as_of}: too few answered since to tell more"
    return told + then


def felt(known: Known, subject: Subject, name: str) -> Step:
    """A feeling at a touchpoint (pain, love, emotion, reach, n), and the sources that tell of it."""
    feeling = known.result.insight.feeling(subject.id, subject.segment)
    place = known.named(subject)
    if feeling is None or feeling.emotion.suppressed:
        return Step("measurement", f"{name.capitalize()} at {place}: too few answers to be shown")
    text = f"Answers about {place}: n = {feeling.emotion.n}, {feeling.reach:.1%} of responses speak about it"
    if name in {"pain", "love", "emotion"}:
        text = f"{name.capitalize()} at {place}: {_told(getattr(feeling, name))}"
    signals = [signal.id for signal in feeling_signals(known.project)]
    return Step("measurement", text, None, tuple(_sources(known, subject.id, signals)))


def _sources(known: Known, touchpoint: str | None, signals: Sequence[str]) -> Iterator[Step]:
    """The sources with answers to these signals there, and what became of their rows."""
    answers: dict[str, int] = {}
    for (at, signal, source), n in known.answers.items():
        if signal in signals and touchpoint in (None, at):
            answers[source] = answers.get(source, 0) + n
    for account in known.result.evidence.accounts:
        if account.source in answers:
            rows = (
                f"{account.rows_read:,} rows read, {account.rows_used:,} used,"
                f" {account.rows_quarantined:,} quarantined"
            )
            if account.rows_superseded:
                rows += f", {account.rows_superseded:,} superseded by other versions"
            if account.rows_excluded:
                rules = listed([f'"{by.rule}"' for by in account.excluded_by])
                rows += f", {account.rows_excluded:,} left out by {rules}"
            if account.values_quarantined:
                rows += f"; single answers quarantined: {account.values_quarantined:,}"
            text = f'source "{account.source}": {answers[account.source]:,} answers here, all periods; {rows}'
            yield Step("source", text, known.origins.locate(("source", account.source)))


def declared(known: Known, subject: Subject, path: tuple[str, ...], value: object) -> Step:
    """A fact that an author wrote, or that a driver model gives in its place."""
    if subject.about != "initiative" and path[0] in {"importance", "driver_role"}:
        found = backing(known.project, known.result.insight.drivers, subject.id, path[0])
        if found is not None:
            return _driven(known, found, f"{path[0]}: {exactly(value)}")
    text = f"{'.'.join(path)}: {exactly(value)}"
    return Step("fact", text, known.origins.locate(_written(known, subject, path)))


def _driven(known: Known, found: Backing, text: str) -> Step:
    """What a driver model says of a touchpoint, and the sources that tell of it."""
    driver, place = found.driver, known.origins.locate(("driver_model", found.model.id))
    said = (
        f"{_percent(driver.importance)} of the variance of {found.model.outcome} goes with {driver.name}"
        f" (r = {driver.pearson.value:.2f}, n = {driver.n:,}); that need not be cause"
    )
    about = None if driver.touchpoint == "journey" else driver.touchpoint
    sources = tuple(_sources(known, about, [driver.signal]))
    return Step("fact", text, place, (Step("measurement", said, None, sources),))


def _percent(part: Interval) -> str:
    return f"{part.value:.1%} [{part.low:.1%}, {part.high:.1%}]"


def _own_target(known: Known, subject: Subject, metric: str) -> bool:
    """Whether a touchpoint says itself where a metric should be."""
    touchpoints = (t for t in known.project.touchpoints if t.id == subject.id)
    return any(target.metric == metric for t in touchpoints for target in t.targets)


def _written(known: Known, subject: Subject, path: tuple[str, ...]) -> tuple[str, ...]:
    """Where in the TOML the value of such a fact is written: table, id, key."""
    if path[0] == "metrics" and path[2] == "target" and _own_target(known, subject, path[1]):
        return ("touchpoint", subject.id, "targets")
    if subject.about != "initiative":
        key = "stage" if path[0] == "stage" else path[-1]
        own: tuple[str, ...] = ("touchpoint", subject.id, key)
    elif known.candidates[subject.id].origin == "proposed":
        own = ("rule", known.candidates[subject.id].prompts[0].rule, "propose")
    else:
        own = ("initiative", subject.id, path[1] if path[0] == "initiative" and path[1:] else path[0])
    elsewhere = {
        "journey": ("project",),
        "metrics": ("metric", *path[1:3]),
        "params": path[:2],
        "segment": ("segment", subject.segment),
    }
    return elsewhere.get(path[0], own)
