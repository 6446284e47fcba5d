"""Intervals by resampling blocks of sums of products.

A block is drawn with all rows of its customers, so that people who answer repeatedly do not narrow intervals,
and neither normality nor equal weights are assumed. Percentiles of importances cover best among the usual
intervals (tests hold them to it); correlations get theirs on Fisher's scale. Both are widened as Student's t
is for as many blocks.

Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 8.5.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers.correlation import possible
from cxengine.metrics.interval import Interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.drivers.sums import Sums

    FloatArray = npt.NDArray[np.float64]

_Z = 1.959963984540054
_FEW = 1e-9


@attrs.frozen(eq=False)
class Replicates:
    """What might as well have been found: one layer a resampling."""

    correlations: FloatArray
    means: FloatArray
    deviations: FloatArray
    blocks: int


def rng_of(*names: str) -> np.random.Generator:
    """Chance that depends on names alone."""
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def replicates(sums: Sums, size: int, rng: np.random.Generator) -> Replicates:
    """The correlations, means and deviations of resampled blocks.

    Resamplings in which a variable does not vary, or a pair has no rows, are left out.
    """
    counts = rng.multinomial(sums.blocks, np.full(sums.blocks, 1 / sums.blocks), size)
    drawn = sums.resampled(counts.astype(np.float64))
    correlations = drawn.correlations()
    whole = ~np.isnan(correlations).any(axis=(1, 2))
    return Replicates(
        possible(correlations[whole]), drawn.means()[whole], drawn.deviations()[whole], sums.blocks
    )


def percentiles(value: float, drawn: FloatArray, blocks: int) -> Interval:
    """The interval of a value from its replicates."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    wider = _t(blocks) / _Z
    return Interval(
        float(value),
        float(min(value + (low - value) * wider, value)),
        float(max(value + (high - value) * wider, value)),
    )


def of_share(value: float, drawn: FloatArray, blocks: int) -> Interval:
    """As `percentiles`, from 0 to 1."""
    found = percentiles(value, drawn, blocks)
    return Interval(found.value, max(found.low, 0.0), min(found.high, 1.0))


def of_correlation(value: float, drawn: FloatArray, blocks: int) -> Interval:
    """The interval of a correlation: symmetric on Fisher's scale, its width from replicates.

    Source: Fisher, Metron 1 (1921) 3-32.
    """
    edge = 1 - _FEW
    centre = np.arctanh(np.clip(value, -edge, edge))
    half = _t(blocks) * np.arctanh(np.clip(drawn, -edge, edge)).std(ddof=1)
    return Interval(float(value), float(np.tanh(centre - half)), float(np.tanh(centre + half)))


def _t(blocks: int) -> float:
    """Student's quantile, with the correction for the mean of as many blocks."""
    from scipy.special import stdtrit

    if blocks < 2:
        return float("inf")
    return float(stdtrit(blocks - 1, 0.975)) * float(np.sqrt(blocks / (blocks - 1)))
