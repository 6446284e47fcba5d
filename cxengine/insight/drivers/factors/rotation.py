"""Turning loadings until they can be read: varimax, promax, oblimin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_ROUNDS = 2000
_POWER = 4
_ENOUGH = 1e-5
"""Where varimax ends: as R, whose solutions are the published ones; they differ from the limit by .003."""


@attrs.frozen(eq=False)
class Rotated:
    """Pattern loadings (p, k) and the correlations of factors (k, k)."""

    loadings: FloatArray
    correlations: FloatArray

    def variances(self) -> FloatArray:
        """What each factor accounts for: the sums add up to that of the communalities."""
        return np.asarray(np.diag(self.correlations @ self.loadings.T @ self.loadings))


def rotate(loadings: FloatArray, how: Literal["none", "varimax", "promax", "oblimin"]) -> Rotated:
    """The loadings, turned; one factor is left as it is."""
    k = loadings.shape[1]
    if how == "none" or k == 1:
        return Rotated(loadings, np.eye(k))
    if how == "oblimin":
        return _oblimin(loadings)
    length = np.sqrt(np.maximum((loadings**2).sum(axis=1, keepdims=True), 1e-300))
    if how == "varimax":
        return Rotated(_varimax(loadings / length) * length, np.eye(k))
    turned, correlations = _promax(loadings / length)
    return Rotated(turned * length, correlations)


def _varimax(loadings: FloatArray) -> FloatArray:
    """Source: Kaiser, Psychometrika 23 (1958) 187-200; rows come normalised to length 1."""
    p, k = loadings.shape
    turn, before = np.eye(k), 0.0
    for _ in range(_ROUNDS):
        turned = loadings @ turn
        towards = loadings.T @ (turned**3 - turned * (turned**2).sum(axis=0) / p)
        left, size, right = np.linalg.svd(towards)
        turn = left @ right
        now = float(size.sum())
        if now < before * (1 + _ENOUGH):
            break
        before = now
    return np.asarray(loadings @ turn)


def _promax(loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Source: Hendrickson and White, British Journal of Statistical Psychology 17 (1964) 65-70; power 4."""
    simple = _varimax(loadings)
    target = simple * np.abs(simple) ** (_POWER - 1)
    turn = np.linalg.lstsq(simple, target, rcond=None)[0]
    turn = turn * np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    inverse = np.linalg.inv(turn)
    return simple @ turn, inverse @ inverse.T


def _oblimin(loadings: FloatArray) -> Rotated:
    """Direct quartimin by gradient projection.

    Source: Jennrich and Sampson, Psychometrika 31 (1966) 313-323; Jennrich, Psychometrika 67 (2002) 7-19.
    """
    k = loadings.shape[1]
    apart = ~np.eye(k, dtype=bool)
    turn, step = np.eye(k), 1.0
    inverse = np.linalg.inv(turn)
    turned = loadings @ inverse.T
    value, slope = _quartimin(turned, apart)
    gradient = -(turned.T @ slope @ inverse).T
    for _ in range(_ROUNDS):
        projected = gradient - turn * (turn * gradient).sum(axis=0)
        size = float(np.sqrt((projected**2).sum()))
        if size < 1e-8:
            break
        step *= 2
        for _ in range(30):
            tried = turn - step * projected
            tried = tried / np.sqrt((tried**2).sum(axis=0))
            inverse = np.linalg.inv(tried)
            turned = loadings @ inverse.T
            reached, slope = _quartimin(turned, apart)
            if value - reached > size**2 * step / 2:
                break
            step /= 2
        turn, value = tried, reached
        gradient = -(turned.T @ slope @ inverse).T
    return Rotated(turned, turn.T @ turn)


def _quartimin(loadings: FloatArray, apart: npt.NDArray[np.bool_]) -> tuple[float, FloatArray]:
    """The criterion and its gradient: products of squared loadings on different factors."""
    others = loadings**2 @ apart
    return float((loadings**2 * others).sum() / 4), loadings * others
