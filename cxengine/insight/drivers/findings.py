"""The findings of driver models as sentences, those that matter most first.

Of many drivers some beat noise by chance, and of many segments some differ: both are told only where they are
beyond chance, all that the run tests considered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine.insight.finding import Finding, FindingKind, points
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.insight.drivers.report import (
        DriverResult,
        Drivers,
        Edge,
        ModelResult,
        Path,
        SegmentDriver,
        SegmentResult,
    )
    from cxengine.metrics.interval import Interval

_ALONE = "Goes together; that need not be cause."
_ROLES = {
    "basic": " A basic: bad answers cost more than good ones bring.",
    "excitement": " It delights: good answers bring more than bad ones cost.",
    "performance": " Bad answers cost and good ones bring about as much.",
    "unclear": "",
}
_PLACES = {
    "improve": "improve first",
    "keep": "keep it up",
    "low priority": "low priority",
    "possible overkill": "good enough",
}
_LOADS = 0.4
_NAMED = 4


def findings(found: Drivers) -> tuple[Finding, ...]:
    """Everything worth telling, by how much it matters."""
    told = [*_drivers(found), *_segments(found), *_refusals(found)]
    for model in found.models:
        told += [*_factors(model), *_edges(model), *_cautions(model)]
    told += [_path(path) for path in found.paths]
    return tuple(sorted(told, key=lambda finding: -finding.matters))


# --- drivers ---------------------------------------------------------------------------------------


def _drivers(found: Drivers) -> Iterator[Finding]:
    """Each driver beyond noise, and those that are not in one sentence a model."""
    quiet: dict[str, list[DriverResult]] = {}
    for model in found.models:
        for driver in model.drivers:
            if driver.beyond_chance:
                yield _driver(model, driver)
            else:
                quiet.setdefault(model.id, []).append(driver)
    for model in found.models:
        if model.id in quiet:
            yield _quiet(model, quiet[model.id])


def _driver(model: ModelResult, driver: DriverResult) -> Finding:
    room = 0.5 if driver.performance is None else 1 - driver.performance.value
    rank = f"rank {driver.rank}"
    if driver.ranks != (driver.rank, driver.rank):
        rank += f" (perhaps {driver.ranks[0]} to {driver.ranks[1]})"
    text = (
        f"{driver.name}: {_percent(driver.importance)} of the variance of {model.outcome} goes with it,"
        f" {rank}; r = {driver.pearson.value:.2f}, n = {driver.n:,}."
    )
    if driver.performance is not None:
        text += f" It stands at {100 * driver.performance.value:.0f} of 100"
        if driver.quadrant is not None:
            text += f": {_PLACES[driver.quadrant.name]} ({100 * driver.quadrant.probability:.0f}% sure)"
        text += "."
    if driver.role is not None:
        text += _ROLES[driver.role.name]
    return Finding(
        kind="driver",
        model=model.id,
        subject=driver.id,
        segment=ALL,
        text=text,
        effect=driver.importance.value,
        low=driver.importance.low,
        high=driver.importance.high,
        n=driver.n,
        matters=points(driver.importance.value, room, driver.above_noise),
        caution=_caution(driver),
        touchpoints=_places(driver),
    )


def _places(driver: DriverResult) -> tuple[str, ...]:
    """The touchpoint where it is answered; none where that is the whole relationship."""
    return () if driver.touchpoint == "journey" else (driver.touchpoint,)


def _caution(driver: DriverResult) -> str:
    """What of a driver's numbers may mislead."""
    if driver.restates_outcome:
        return "It may be the outcome in other words."
    if driver.coefficient.value * driver.pearson.value < 0 and not (
        driver.coefficient.low <= 0 <= driver.coefficient.high
    ):
        return f"{_ALONE} Beside the other drivers its effect turns round: it shares what they tell."
    role = driver.role
    if role is not None and (role.penalty.high < 0 or role.reward.high < 0):
        return f"{_ALONE} More of it is not always better here: something else lies behind."
    return _ALONE


def _quiet(model: ModelResult, drivers: Sequence[DriverResult]) -> Finding:
    names = ", ".join(driver.name for driver in drivers)
    text = f"No more than noise would go with {model.outcome}: {names}."
    least = min(driver.n for driver in drivers)
    caution = "Not seen is not absent: with more answers it may be."
    return attrs.evolve(_note("driver", model, ALL, text, 0.0), n=least, caution=caution)


# --- segments --------------------------------------------------------------------------------------


def _segments(found: Drivers) -> Iterator[Finding]:
    """For each segment the drivers that matter more or less to it than to everybody, beyond chance."""
    for model in found.models:
        everybody = {driver.id: driver for driver in model.drivers}
        for segment in model.segments:
            apart = [_Apart(one, everybody[one.id]) for one in segment.drivers if one.beyond_chance]
            if apart:
                yield _in_segment(model, segment, apart)


@attrs.frozen
class _Apart:
    """A driver within a segment and for everybody."""

    driver: SegmentDriver
    whole: DriverResult

    @property
    def difference(self) -> float:
        return self.driver.importance.value - self.whole.importance.value


def _in_segment(model: ModelResult, segment: SegmentResult, apart: Sequence[_Apart]) -> Finding:
    """What sets a segment apart; the numbers are those of the largest difference."""
    largest, *others = sorted(apart, key=lambda one: -abs(one.difference))
    driver, whole = largest.driver, largest.whole
    text = (
        f"{segment.name}: {whole.name} matters {'more' if largest.difference > 0 else 'less'},"
        f" {_percent(driver.importance)} of the variance of {model.outcome} instead of"
        f" {100 * whole.importance.value:.1f}% for everybody; r = {driver.pearson.value:.2f},"
        f" n = {driver.n:,}."
    )
    for word, sign in (("more", 1), ("less", -1)):
        rest = [one.whole.name for one in others if one.difference * sign > 0]
        if rest:
            more = f" and {len(rest) - _NAMED} others" if len(rest) > _NAMED else ""
            text += f" {word.capitalize()} than to others: {', '.join(rest[:_NAMED])}{more}."
    return Finding(
        kind="segment driver",
        model=model.id,
        subject=driver.id,
        segment=segment.segment,
        text=text,
        effect=driver.importance.value,
        low=driver.importance.low,
        high=driver.importance.high,
        n=driver.n,
        matters=points(largest.difference / 2),
        caution=_ALONE,
        touchpoints=_places(whole),
    )


# --- factors, edges, paths -------------------------------------------------------------------------


def _factors(model: ModelResult) -> Iterator[Finding]:
    result = model.factors
    if result is None:
        return
    weak = f" Little is common (KMO {result.kmo:.2f}, .6 is wanted)." if result.kmo < 0.6 else ""
    for factor in result.factors:
        named = zip(model.drivers, factor.loadings, strict=True)
        loads = [f"{driver.name} {loading:.2f}" for driver, loading in named if abs(loading) >= _LOADS]
        text = (
            f"{factor.name} lies behind {', '.join(loads) or 'no driver in particular'}:"
            f" {100 * factor.share:.0f}% of what drivers vary, n = {model.n:,}."
        )
        yield Finding(
            kind="factor",
            model=model.id,
            subject=factor.name,
            segment=ALL,
            text=text,
            effect=factor.share,
            low=None,
            high=None,
            n=model.n,
            matters=points(0.01 * factor.share),
            caution="Answers on few steps correlate less than what lies behind them: loadings are too small."
            + weak,
        )


def _edges(model: ModelResult) -> Iterator[Finding]:
    """Declared effects that the evidence contradicts."""
    names = {driver.id: driver for driver in model.drivers}
    measured = {edge.driver: edge.effect for edge in model.edges if edge.grade == "correlational"}
    for edge in model.edges:
        if edge.contradicted:
            yield _contradicted(model, edge, measured[edge.driver], names[edge.driver])


def _contradicted(model: ModelResult, edge: Edge, seen: Interval, driver: DriverResult) -> Finding:
    text = (
        f"{driver.name} was {edge.grade} to bring {edge.effect.low:g} to {edge.effect.high:g} of"
        f" {model.outcome} a point ({edge.source}); here {seen.value:.3g} [{seen.low:.3g}, {seen.high:.3g}]"
        f" goes with it, n = {driver.n:,}."
    )
    if edge.grade == "experimental":
        text = text.replace("was experimental to bring", "brought", 1)
        caution = "An experiment tells causes, this does not: believe it where it fits the customers at hand."
    else:
        caution = "Neither is proof: test it."
    return Finding(
        kind="edge",
        model=model.id,
        subject=driver.id,
        segment=ALL,
        text=text,
        effect=seen.value,
        low=seen.low,
        high=seen.high,
        n=driver.n,
        matters=points(driver.importance.value),
        caution=caution,
        touchpoints=_places(driver),
    )


def _path(path: Path) -> Finding:
    model, _, driver = path.drivers[0].partition("/")
    text = (
        f"{' -> '.join([*path.drivers, path.outcome])}: {path.effect.value:.3g} [{path.effect.low:.3g},"
        f" {path.effect.high:.3g}] for one more point, {path.grade}."
    )
    return Finding(
        kind="path",
        model=model,
        subject=driver,
        segment=ALL,
        text=text,
        effect=path.effect.value,
        low=path.effect.low,
        high=path.effect.high,
        n=0,
        matters=points(0.005),
        caution="As weak as its weakest step; steps are taken to be independent.",
    )


# --- what stands in the way ------------------------------------------------------------------------


def _cautions(model: ModelResult) -> Iterator[Finding]:
    grave = any(driver.restates_outcome for driver in model.drivers)
    for text in model.cautions:
        yield _note("caution", model, ALL, f"{model.name}: {text}.", points(1.0) if grave else 0.0)


def _refusals(found: Drivers) -> Iterator[Finding]:
    for model in found.models:
        if model.refused is not None:
            yield _note(
                "refused", model, ALL, f"{model.name}: nothing is concluded, because {model.refused}.", 0.0
            )
        for segment in model.segments:
            if segment.refused is not None:
                text = f"{model.name}, {segment.name}: nothing is concluded, because {segment.refused}."
                yield _note("refused", model, segment.segment, text, 0.0)


def _note(kind: FindingKind, model: ModelResult, segment: str, text: str, matters: float) -> Finding:
    return Finding(
        kind=kind,
        model=model.id,
        subject="",
        segment=segment,
        text=text,
        effect=None,
        low=None,
        high=None,
        n=model.n,
        matters=matters,
        caution="",
    )


def _percent(part: Interval) -> str:
    return f"{100 * part.value:.1f}% [{100 * part.low:.1f}, {100 * part.high:.1f}]"
