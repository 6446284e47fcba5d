"""A counter for every cell there can be: amounts by key, period and mask, which grow in place.

What the key of an answer says of it, whoever counts knows. No memory is taken for more answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.places import Bounds, Places

    AmountArray = npt.NDArray[Any]
    IntArray = npt.NDArray[np.int64]

How = tuple[np.ufunc, float, type]
"""How an amount is added to what there is, what there is to begin with, and its type."""
CELLS = 4_000_000
"""How many counters there may be for a cube, and twice as many for all of them."""
SUM: How = (np.add, 0, np.int64)
LEAST: How = (np.fmin, np.nan, np.float64)
MOST: How = (np.fmax, np.nan, np.float64)


@attrs.frozen(eq=False)
class Counters:
    """Amounts by name, by cube, of every key and place: `key * size + place`."""

    bounds: Bounds
    hows: Mapping[str, How]
    amounts: tuple[Mapping[str, AmountArray], ...]

    @classmethod
    def of(cls, bounds: Bounds, keys: int, hows: Mapping[str, How]) -> Counters | None:
        """Counters at their beginning, `n` answers besides; None where there would be too many or none."""
        sizes = [keys * size * (1 + len(hows)) for size in bounds.sizes]
        if not 0 < sum(sizes) <= 2 * CELLS or max(sizes) > CELLS:
            return None
        every = {"n": SUM, **hows}
        amounts: tuple[Mapping[str, AmountArray], ...] = tuple(
            {name: np.full(keys * size, nothing, kind) for name, (_, nothing, kind) in every.items()}
            for size in bounds.sizes
        )
        return cls(bounds, hows, amounts)

    def add(self, key: IntArray, at: IntArray, places: Places, amounts: Mapping[str, AmountArray]) -> None:
        """Counts answers with these keys, to responses `at` these positions of a piece."""
        for size, place, held in zip(self.bounds.sizes, places.of_cubes, self.amounts, strict=True):
            cell = key * size + place[at]
            np.add.at(held["n"], cell, 1)
            for name, (how, _, _) in self.hows.items():
                how.at(held[name], cell, amounts[name])

    @property
    def largest(self) -> float:
        """The largest of all sums, whatever its sign."""
        sums = ("n", *(name for name, how in self.hows.items() if how is SUM))
        return max(float(np.abs(held[name]).max()) for held in self.amounts for name in sums)

    def rows(self, cube: int) -> tuple[IntArray, dict[str, pa.Array], Mapping[str, AmountArray]]:
        """Of the cells of a cube that have answers: keys, columns of period, masks and `n`, other amounts."""
        import pyarrow as pa

        held, masks = self.amounts[cube], self.bounds.masks[cube]
        cells = np.flatnonzero(held["n"])
        key, place = np.divmod(cells, self.bounds.sizes[cube])
        number, mask = np.divmod(place, len(masks))
        nothing = pa.nulls(len(cells), pa.int64())
        columns = {
            "period": pa.array(self.bounds.earliest + number, mask=number == self.bounds.periods),
            **{f"s{i}": nothing for i in range(len(self.amounts))},
            f"s{cube}": pa.array(masks[mask]),
            "n": pa.array(held["n"][cells]),
        }
        return key, columns, {name: held[name][cells] for name in self.hows}
