"""From correlations to named factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.drivers.factors import adequacy
from cxengine.insight.drivers.factors.extraction import extract
from cxengine.insight.drivers.factors.rotation import Rotated, rotate
from cxengine.insight.drivers.report import Factor, FactorResult

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.project.model import FactorName, FactorSettings

    FloatArray = npt.NDArray[np.float64]


def factors(
    correlations: FloatArray,
    n: float,
    settings: FactorSettings,
    drivers: Sequence[str],
    rng: np.random.Generator,
) -> FactorResult | None:
    """The factors behind drivers; None where there are too few drivers for even one.

    Args:
        correlations: of the drivers alone.
        n: effective rows.
        settings: how many, how found, how turned, what they are called.
        drivers: ids of the drivers.
        rng: chance for parallel analysis.
    """
    p = len(drivers)
    most = max((k for k in range(1, p) if adequacy.degrees_left(p, k) >= 0), default=0)
    if not most:
        return None
    sampling, test = adequacy.kmo(correlations), adequacy.bartlett(correlations, n)
    eigenvalues: FloatArray = np.asarray(np.linalg.eigvalsh(correlations)[::-1], dtype=np.float64)
    chance = adequacy.by_chance(p, n, rng)
    suggested = adequacy.number(eigenvalues, chance)
    k = min(settings.number or max(suggested, 1), most)
    unrotated = extract(correlations, k, settings.extraction)
    turned = _ordered(rotate(unrotated, settings.rotation))
    variance = turned.variances()
    names = _names(turned.loadings, settings.names, drivers)
    communalities = (unrotated**2).sum(axis=1)
    residuals = (correlations - unrotated @ unrotated.T)[np.triu_indices(p, 1)]
    return FactorResult(
        kmo=sampling.overall,
        kmo_by_driver=_numbers(sampling.each),
        bartlett=test.chi2,
        bartlett_df=test.degrees,
        bartlett_p=test.p,
        eigenvalues=_numbers(eigenvalues),
        by_chance=_numbers(chance),
        suggested=suggested,
        extraction=settings.extraction,
        rotation=settings.rotation,
        factors=tuple(
            Factor(names[i], _numbers(turned.loadings[:, i]), float(variance[i]), float(variance[i] / p))
            for i in range(k)
        ),
        communalities=_numbers(communalities),
        correlations=tuple(map(_numbers, turned.correlations)),
        residual=float(np.sqrt((residuals**2).mean())),
    )


def _ordered(turned: Rotated) -> Rotated:
    """Factors by what they account for, each with a positive sum of loadings."""
    signs = np.where(turned.loadings.sum(axis=0) < 0, -1.0, 1.0)
    order = np.argsort(-turned.variances(), kind="stable")
    correlations = turned.correlations * signs[:, None] * signs[None]
    return Rotated((turned.loadings * signs)[:, order], correlations[np.ix_(order, order)])


def _names(loadings: FloatArray, declared: Sequence[FactorName], drivers: Sequence[str]) -> list[str]:
    """Names go to factors so that named drivers load on theirs as much as possible, a name to one factor."""
    from scipy.optimize import linear_sum_assignment

    names = [f"Factor {i + 1}" for i in range(loadings.shape[1])]
    if declared:
        squares = loadings**2
        members = np.array([[driver in name.drivers for driver in drivers] for name in declared])
        fit = members @ squares / np.maximum(members.sum(axis=1, keepdims=True), 1)
        for i, j in zip(*linear_sum_assignment(-fit), strict=True):
            if fit[i, j] > 0:
                names[j] = declared[i].name
    return names


def _numbers(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
