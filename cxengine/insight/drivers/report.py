"""What is said of a driver model: frozen values, published as JSON in `insight.json`.

Shares of variance, correlations and probabilities run from 0 (or -1) to 1. Intervals are 95%.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

Grade = Literal["assumed", "correlational", "experimental"]
QuadrantName = Literal["improve", "keep", "low priority", "possible overkill"]
RoleName = Literal["basic", "performance", "excitement", "unclear"]


@attrs.frozen
class Quadrant:
    """Where a driver stands by importance and performance, and how sure that is."""

    name: QuadrantName
    probability: float


@attrs.frozen
class Role:
    """What a bad answer costs and a good one brings, beside an indifferent one, in points of the outcome.

    Both are positive where bad is bad and good is good. Basic: bad costs more than good brings ("Let it
    work"); excitement: the reverse ("Surprise me"); performance: both count, about as much.
    """

    name: RoleName
    penalty: Interval
    reward: Interval
    probability: float
    """That the penalty is the larger of the two."""


@attrs.frozen
class DriverResult:
    """One driver, for everybody. `n` counts rows that have the driver and the outcome."""

    id: str
    name: str
    signal: str
    touchpoint: str
    n: int
    mean: float
    """In the units of the signal; NaN where it must not be shown."""
    performance: Interval | None
    """From 0 (worst end of the scale) to 1 (best); None of what is no rating, or must not be shown."""
    pearson: Interval
    spearman: Interval
    coefficient: Interval
    """Standardised, with all other drivers in the regression."""
    slope: Interval
    """Points of the outcome for one more point of the driver, with all other drivers in the regression."""
    importance: Interval
    """Its part of the outcome's variance; all drivers together make R²."""
    share: float
    """Its part of R²."""
    other_method: float
    """Importance by the method that the model does not use."""
    rank: int
    ranks: tuple[int, int]
    """The ranks that hold in 95% of resampled data."""
    above_noise: float
    """How probably it is more important than a column of noise would be."""
    quadrant: Quadrant | None
    role: Role | None
    restates_outcome: bool
    """Whether it correlates so much with the outcome that it is taken for the same thing."""
    p: float = 1.0
    """The chance that it would be so important were it noise."""
    beyond_chance: bool = False
    """Whether it is more than noise, all that the run tests considered."""


@attrs.frozen
class SegmentDriver:
    """One driver within one segment."""

    id: str
    n: int
    pearson: Interval
    importance: Interval
    share: float
    rank: int
    p: float = 1.0
    """The chance that its importance would be so far from that for everybody were they the same."""
    beyond_chance: bool = False
    """Whether it matters more or less than to everybody, all that the run tests considered."""


@attrs.frozen
class SegmentResult:
    """A model within one segment, or why there is none."""

    segment: str
    name: str
    n: int
    r2: Interval | None
    drivers: tuple[SegmentDriver, ...]
    """Without those that do not vary within the segment."""
    refused: str | None


@attrs.frozen
class Factor:
    """What some drivers have in common: its loadings, one a driver, and the variance that it accounts for."""

    name: str
    loadings: tuple[float, ...]
    variance: float
    share: float
    """Of the variance of all drivers."""


@attrs.frozen
class FactorResult:
    """Factors behind the drivers, in the order of their variance; numbers a driver are in that order."""

    kmo: float
    kmo_by_driver: tuple[float, ...]
    bartlett: float
    bartlett_df: int
    bartlett_p: float
    eigenvalues: tuple[float, ...]
    by_chance: tuple[float, ...]
    """Eigenvalues that unrelated drivers would not exceed in 95% of samples of this size."""
    suggested: int
    """Number of factors by parallel analysis."""
    extraction: str
    rotation: str
    factors: tuple[Factor, ...]
    communalities: tuple[float, ...]
    correlations: tuple[tuple[float, ...], ...]
    """Between factors."""
    residual: float
    """Root mean square of what correlations the factors leave."""


@attrs.frozen
class Edge:
    """From a driver to the outcome: points of it for one more point of the driver, and how that is known."""

    driver: str
    effect: Interval
    grade: Grade
    source: str
    contradicted: bool
    """Whether what is measured here is outside what was declared beyond chance, all that the run tests
    considered."""
    p: float | None = None
    """Of what was declared, the chance to measure something so far from it; None of what is measured."""


@attrs.frozen
class ModelResult:
    """Everything found about an outcome; or, in `refused`, why nothing was."""

    id: str
    name: str
    outcome: str
    unit: Literal["response", "customer"]
    missing: Literal["pairwise", "listwise"]
    method: Literal["lmg", "johnson"]
    n: int
    """Rows behind the pair of questions with the fewest."""
    evenness: float
    """Kish's effective number of rows as a share of them: 1 without weights."""
    r2: Interval | None
    sampling_error: float
    """Of importances, where not all orders of drivers could be gone through; else 0."""
    repaired: float
    """How far a correlation was moved so that all fit together; 0 where they did."""
    drivers: tuple[DriverResult, ...]
    """The most important first."""
    pairs: tuple[tuple[int, ...], ...]
    """Rows behind every pair of drivers, in their order, the outcome last."""
    above: tuple[tuple[float, ...], ...]
    """How probably a driver (row) is more important than another (column)."""
    segments: tuple[SegmentResult, ...]
    factors: FactorResult | None
    edges: tuple[Edge, ...]
    cautions: tuple[str, ...]
    refused: str | None
    within: int = 1
    """All numbers of rows here are rounded down to multiples of it, so that no two tell of a few."""


@attrs.frozen
class Path:
    """From a driver through the outcomes of models to the last: effects multiplied along the way."""

    drivers: tuple[str, ...]
    """Ids as `model/driver`."""
    outcome: str
    effect: Interval
    grade: Grade
    """The weakest on the way."""


@attrs.frozen(eq=False)
class Drawn:
    """Importances that might as well have been found: a row a resampling, a column a driver."""

    touchpoints: tuple[str, ...]
    """Of every column."""
    importances: FloatArray


@attrs.frozen
class Drivers:
    """All driver models of a project and the paths through them."""

    models: tuple[ModelResult, ...] = ()
    paths: tuple[Path, ...] = ()
    drawn: Mapping[str, Drawn] = attrs.field(factory=dict, repr=False, eq=False)
    """By model; for what rests on importances. It is not published."""
