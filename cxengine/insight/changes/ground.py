"""Series without what is no change, summed up so that any window of time is one subtraction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

_IDENTIFIED = 0.01
"""A window must vary by more than this part of itself beside level, seasons and known changes."""


@attrs.frozen(eq=False)
class Ground:
    """Sums up to every boundary between periods (0: before the first): arrays of lines x boundaries."""

    excess: FloatArray
    """Of weights times residuals."""
    weight: FloatArray
    taken: FloatArray
    """What level, seasons and known changes explain of weights: lines x boundaries x dimensions."""
    answers: IntArray
    error: FloatArray
    """By line: standard deviation of one answer, with noise."""
    degrees: FloatArray
    skewness: FloatArray
    slope: tuple[FloatArray, FloatArray]
    """By line: of a straight line over time, its product with the residuals and its own sum of squares."""

    def deviates(self, start: IntArray, stop: IntArray) -> tuple[FloatArray, BoolArray]:
        """Standard normal deviates of windows [start, stop) against the other periods, and which can be told.

        Sums of few skewed answers are skewed: the deviate is that of a gamma distribution with their skewness
        (Wilson and Hilferty 1931) wherever this makes it smaller. Student's t is turned into the normal
        deviate of the same probability.
        """
        inside = self.weight[:, stop] - self.weight[:, start]
        whole = self.weight[:, -1:]
        free = self._free(start, stop)
        told = free > _IDENTIFIED * np.minimum(inside, whole - inside)
        told &= (inside > 0) & (inside < whole)
        spread = self.error[:, None] * np.sqrt(np.where(told, free, 1.0))
        raw = np.where(told, (self.excess[:, stop] - self.excess[:, start]) / spread, 0.0)
        part = np.where(told, inside / np.where(whole > 0, whole, 1.0), 0.5)
        skew = (
            self.skewness[:, None] * (1 - 2 * part) / np.sqrt(np.maximum(whole * part * (1 - part), 1e-300))
        )
        return normal(_unskewed(raw, skew), self.degrees[:, None]), told

    def deviate_of_slope(self) -> FloatArray:
        """The deviate of a straight line over time; 0 where it cannot be told."""
        product, squares = self.slope
        told = squares > 0
        raw = np.where(told, product / (self.error * np.sqrt(np.where(told, squares, 1.0))), 0.0)
        return normal(raw, self.degrees)

    def correlations(self, start: IntArray, stop: IntArray) -> FloatArray:
        """Between every window and the one before it in the list: lines x (windows - 1)."""
        free = np.maximum(self._free(start, stop), 0.0)
        latest, earliest = np.maximum(start[1:], start[:-1]), np.minimum(stop[1:], stop[:-1])
        shared = self.weight[:, np.maximum(earliest, latest)] - self.weight[:, latest]
        gone = self.taken[:, stop] - self.taken[:, start]
        shared = shared - np.einsum("lwd,lwd->lw", gone[:, 1:], gone[:, :-1])
        size = np.sqrt(free[:, 1:] * free[:, :-1])
        found: FloatArray = np.clip(np.divide(shared, size, out=np.zeros_like(shared), where=size > 0), -1, 1)
        return found

    def _free(self, start: IntArray, stop: IntArray) -> FloatArray:
        """What of a window's weight neither level nor seasons nor known changes explain."""
        gone = self.taken[:, stop] - self.taken[:, start]
        inside: FloatArray = self.weight[:, stop] - self.weight[:, start]
        free: FloatArray = inside - np.einsum("lwd,lwd->lw", gone, gone)
        return free


@attrs.frozen(eq=False)
class Data:
    """Values with weights (lines x periods), and how much they vary (by line)."""

    value: FloatArray
    n: FloatArray
    answers: IntArray
    error: FloatArray
    """Standard deviation of one answer, with noise."""
    degrees: FloatArray
    skewness: FloatArray
    least: IntArray
    """What is compared has at least so many answers."""

    def only(self, rows: IntArray | slice) -> Data:
        """Some of the lines."""
        return Data(*(getattr(self, field.name)[rows] for field in attrs.fields(Data)))


def prepare(data: Data, design: FloatArray) -> Ground:
    """The ground of lines, given what is no change: `design` is lines (or 1) x periods x columns."""
    n = data.n
    residual, root = regressed(data.value, n, design)
    weighted = n[:, :, None] * design
    time = np.arange(n.shape[1], dtype=np.float64)
    gone = np.einsum("ltc,t,lcd->ld", weighted, time, root)
    squares = n @ time**2 - (gone**2).sum(axis=1)
    alone = n @ time**2 - (n @ time) ** 2 / np.maximum(n.sum(axis=1), 1e-300)
    return Ground(
        excess=_summed(n * residual),
        weight=_summed(n),
        taken=_summed(np.einsum("ltc,lcd->ltd", weighted, root)),
        answers=_summed(data.answers),
        error=data.error,
        degrees=data.degrees,
        skewness=data.skewness,
        slope=((n * residual) @ time, np.where(squares > _IDENTIFIED * alone, squares, 0.0)),
    )


def regressed(value: FloatArray, n: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Residuals from a weighted regression, and a root R of the inverse of its products: R R' = (X'WX)^-1.

    Columns that others explain are left out (a phase of the season without answers).
    """
    columns = np.broadcast_to(design, (len(n), *design.shape[1:]))
    weighted = n[:, :, None] * columns
    sizes, axes = np.linalg.eigh(np.matmul(columns.transpose(0, 2, 1), weighted))
    kept = sizes > 1e-10 * np.maximum(sizes[:, -1:], 1e-300)
    root = axes * np.where(kept, 1 / np.sqrt(np.where(kept, sizes, 1.0)), 0.0)[:, None, :]
    moments = np.einsum("ltc,lt->lc", weighted, value)
    beta = np.einsum("lcd,led,le->lc", root, root, moments)
    return value - np.einsum("ltc,lc->lt", columns, beta), root


def normal(t: FloatArray, degrees: FloatArray) -> FloatArray:
    """The normal deviates that are as improbable as Student's t."""
    from scipy.special import ndtri, stdtr

    tail = np.maximum(stdtr(degrees, -np.abs(t)), 1e-300)
    found: FloatArray = np.sign(t) * -ndtri(np.minimum(tail, 0.5))
    return found


def _unskewed(z: FloatArray, skew: FloatArray) -> FloatArray:
    """Deviates of sums with a skewness, as normal ones; never larger than they were.

    Source: Wilson and Hilferty, Proceedings of the National Academy of Sciences 17 (1931) 684-688.
    """
    some = np.abs(skew) > 1e-6
    skew = np.where(some, skew, 1.0)
    curved = 6 / skew * (np.cbrt(np.maximum(skew * z / 2 + 1, 0.0)) - 1) + skew / 6
    smaller = np.sign(z) * np.minimum(np.abs(z), np.maximum(np.sign(z) * curved, 0.0))
    return np.where(some, smaller, z)


def _summed(parts: Any) -> Any:
    """Sums up to every boundary."""
    sums = np.cumsum(parts, axis=1)
    return np.concatenate([np.zeros_like(sums[:, :1]), sums], axis=1)
