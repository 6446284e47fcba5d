"""Sums among counts, and which counts follow from others by solving them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    BoolArray = npt.NDArray[np.bool_]
    IntArray = npt.NDArray[np.int64]

_ZERO = 1e-7


@attrs.frozen(eq=False)
class Equations:
    """Equations `total = parts` among the entries of an array, which are known by their flat positions.

    `totals` has the position of the total of every equation; `equation` and `part` are parallel: the parts.
    """

    shape: tuple[int, ...]
    totals: IntArray
    equation: IntArray
    part: IntArray

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Equations:
        """No equations yet."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(shape, nothing, nothing, nothing)

    def adding(
        self, along: int, total: int, parts: tuple[int, ...], where: slice = slice(None), *, axis: int = 0
    ) -> Equations:
        """With the entries at `total` on the axis `along` being the sums of those at `parts`.

        It holds at all other positions, on `axis` only in `where`.
        """
        positions = np.arange(int(np.prod(self.shape))).reshape(self.shape)
        chosen: list[Any] = [slice(None)] * len(self.shape)
        chosen[axis] = where if axis != along else slice(None)
        taken = positions[tuple(chosen)]
        sums = np.take(taken, total, axis=along).ravel()
        members = np.stack([np.take(taken, part, axis=along).ravel() for part in parts], axis=1)
        number = len(self.totals) + np.repeat(np.arange(len(sums)), len(parts))
        return Equations(
            self.shape,
            np.concatenate([self.totals, sums]),
            np.concatenate([self.equation, number]),
            np.concatenate([self.part, members.ravel()]),
        )

    def among(self, there: BoolArray) -> Equations:
        """Without the entries that are known to be nothing."""
        flat = there.ravel()
        kept = flat[self.totals]
        number = np.cumsum(kept) - 1
        parts = kept[self.equation] & flat[self.part]
        return Equations(
            self.shape, self.totals[kept], number[self.equation[parts]], self.part[parts]
        )

    def protect(
        self, *, shown: BoolArray, secret: BoolArray, counts: IntArray, dear: IntArray, threshold: int
    ) -> BoolArray:
        """What may stay shown of `shown`, so that no entry that is not shown, if listed or `secret`, follows.

        Listed are the entries that were shown or may not be: those with a count, but for groups beyond the
        cells; of these only the `secret` ones matter. Of the entries that could be hidden the least `dear`
        goes, first among those that leave no other sum with a single gap.
        """
        matrix = self._matrix(len(shown))
        linked = abs(matrix)
        shown = shown.copy()
        cells = dear & (2**40 - 1) > 0
        while True:
            told = self._told(matrix, linked, ~shown & (counts > 0), shown)
            bad = np.flatnonzero((told & cells & ~shown) | (told & secret)).tolist()
            sums = self._small_sums(shown, counts, threshold)
            if not bad and not len(sums):
                return shown
            gaps = linked @ (cells & ~shown & (counts > 0)).astype(np.int64)
            alone = linked.T @ (gaps == 0).astype(np.int64)
            before = int(shown.sum())
            touched: set[int] = set()
            for equation in [*sums.tolist(), *self._revealing(linked, bad, shown)]:
                if equation not in touched:
                    columns = linked.indices[linked.indptr[equation] : linked.indptr[equation + 1]]
                    choice = columns[shown[columns]]
                    if len(choice):
                        worst = choice[np.lexsort((choice, dear[choice], alone[choice]))[0]]
                        shown[worst] = False
                        touched.update(linked.T.tocsr()[worst].indices.tolist())
            if int(shown.sum()) == before:
                shown = self._wider(linked, bad, shown, dear)

    def _matrix(self, size: int) -> Any:
        from scipy.sparse import csr_array

        rows = np.concatenate([np.arange(len(self.totals)), self.equation])
        columns = np.concatenate([self.totals, self.part])
        values = np.concatenate([np.ones(len(self.totals)), -np.ones(len(self.part))])
        return csr_array((values, (rows, columns)), shape=(len(self.totals), size))
