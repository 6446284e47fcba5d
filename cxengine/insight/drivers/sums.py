"""Sums of products, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers.correlation import pearson

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

NAMES = ("rows", "weight", "squares", "n", "w", "z", "zz", "products")


@attrs.frozen(eq=False)
class Sums:
    """Weighted sums over pairs of variables (i, j), of the rows that have both; one layer a block.

    `n` counts rows, `w` is the sum of weights, `z` the sum of j, `zz` of the square of j, `products` of i
    times j. Shapes are (blocks, p, p); where all rows have all variables, `n` and `w` are (blocks, 1, 1) and
    `z`, `zz` (blocks, 1, p). Of all rows, whatever they have, `rows`, `weight` and `squares` are the number,
    the sum of weights and of squared weights: (blocks, 1, 1).
    """

    rows: FloatArray
    weight: FloatArray
    squares: FloatArray
    n: FloatArray
    w: FloatArray
    z: FloatArray
    zz: FloatArray
    products: FloatArray

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self.n)

    def resampled(self, counts: FloatArray) -> Sums:
        """The sums where each block occurs so many times: `counts` has shape (m, blocks)."""
        return self.mapped(lambda sums: (counts @ sums.reshape(len(sums), -1)).reshape(-1, *sums.shape[1:]))

    def mapped(self, how: Callable[[FloatArray], FloatArray]) -> Sums:
        """The same done to all sums."""
        return Sums(**{name: how(getattr(self, name)) for name in NAMES})

    def only(self, variables: npt.NDArray[np.int64]) -> Sums:
        """Of some variables, by position."""

        def taken(sums: FloatArray) -> FloatArray:
            rows = sums if sums.shape[1] == 1 else sums[:, variables]
            return rows if sums.shape[2] == 1 else rows[:, :, variables]

        return self.mapped(taken)

    def total(self) -> Sums:
        """Over all blocks: one layer."""
        return self.mapped(lambda sums: sums.sum(axis=0, keepdims=True))

    def correlations(self) -> FloatArray:
        """Of every layer: shape (m, p, p), ones on the diagonal; NaN with what does not vary."""
        other_z, other_zz = np.swapaxes(self.z, -1, -2), np.swapaxes(self.zz, -1, -2)
        found = pearson(self.w, other_z, self.z, other_zz, self.zz, self.products)
        found = (found + np.swapaxes(found, -1, -2)) / 2
        diagonal = np.einsum("...ii->...i", found)
        diagonal[...] = np.where(np.isnan(diagonal), np.nan, 1.0)
        return found

    def means(self) -> FloatArray:
        """Of every layer and variable, among all rows that have it: shape (m, p)."""
        w, z, _ = self._own()
        return _ratio(z, w)

    def deviations(self) -> FloatArray:
        """Standard deviations of every layer and variable, among all rows that have it: shape (m, p)."""
        w, z, zz = self._own()
        return np.asarray(np.sqrt(np.maximum(_ratio(zz, w) - _ratio(z, w) ** 2, 0.0)))

    def answers(self) -> FloatArray:
        """Rows behind every pair, over all blocks: shape (p, p)."""
        return np.broadcast_to(self.n.sum(axis=0), self.products.shape[1:]).copy()

    def evenness(self) -> float:
        """Kish's effective number of rows as a share of them: 1 where all weights are equal."""
        rows, weight, squares = (float(sums.sum()) for sums in (self.rows, self.weight, self.squares))
        return min(weight**2 / (squares * rows), 1.0) if squares > 0 else 1.0

    def _own(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`w`, `z` and `zz` of every variable with itself."""
        own = np.arange(self.products.shape[-1])
        w, z, zz = (
            np.broadcast_to(sums, self.products.shape)[:, own, own] for sums in (self.w, self.z, self.zz)
        )
        return w, z, zz


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole)
