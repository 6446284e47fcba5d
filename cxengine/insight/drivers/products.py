"""Centred sums of products by block and segment: all that correlations, intervals and factors need.

Each variable is taken as a number z about the middle of its scale. Its sums are exact, whatever the order of
adding: on declared scales z counts steps, so that every product is a whole number; else z runs from -1 to 1
and every term is rounded to so many binary digits that no sum of terms needs rounding. Whole numbers that
are small enough share a double, three or two sums to an aggregate.

Aggregates by name, for variables i and j: `n_i_j` rows that have both, `w_i_j` their weight, `z_i_j` sum of j
among them, `q_i_j` of the square of j, `c_i_j` of i times j. Packed: `v_i_j` holds `n_i_j`, `z_i_j`, `q_i_j`,
or the latter two; `p_i_g` holds `c_i_j` for the variables j of group g.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log2
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.insight.drivers.sums import Sums
from cxengine.insight.drivers.wide import BLOCKS, Wide
from cxengine.metrics import spelling
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend

    FloatArray = npt.NDArray[np.float64]

_DIGITS = 53
"""Binary digits of a double."""

_COLUMNS = 1500
"""Aggregates in one query: PostgreSQL gives at most 1,664 columns."""

_FACTORS = {3: 2**17, 2: 2**26}
"""What separates the sums that share a double: each is smaller than half of it."""


@attrs.frozen
class Variable:
    """A number computed from a row: SQL over its columns, null where there is none.

    `largest` bounds its size; `whole` says that it only takes whole numbers.
    """

    sql: str
    largest: float
    whole: bool


@attrs.frozen(eq=False)
class Ask:
    """Sums of products of variables over a wide table, for everybody and for segments."""

    wide: Wide
    variables: tuple[Variable, ...]
    complete: bool
    """Whether only rows count that have all variables."""
    rows: int
    """At least as many as there are."""
    heaviest: float | None = None
    """The largest weight; None where all weights are 1."""
    against_last: bool = False
    """Whether only pairs with the last variable are asked for."""

    @property
    def exact(self) -> bool:
        """Whether all terms are whole numbers, which need no rounding."""
        return self.heaviest is None and all(variable.whole for variable in self.variables)

    @property
    def unit(self) -> float:
        """What all terms are multiples of, once rounded."""
        if self.exact:
            return 1.0
        return 2.0 ** -(_DIGITS - 2 - max(0, floor(log2(self.rows * (self.heaviest or 1.0)))))

    def packing(self, rows: int) -> int:
        """How many sums fit into a double, where a group has at most so many rows."""
        size = rows * max(1.0, *(variable.largest for variable in self.variables)) ** 2
        if not self.exact or self.against_last or 2 * size >= _FACTORS[2]:
            return 1
        return 3 if 2 * size < _FACTORS[3] else 2

    def pairs(self) -> Iterator[tuple[int, int]]:
        """The pairs that are asked for, the first not after the second."""
        last = len(self.variables) - 1
        for i in range(last + 1):
            for j in range(i, last + 1):
                if not self.against_last or j in {i, last}:
                    yield i, j


def scan(ask: Ask, backend: Backend) -> Mapping[str, Sums]:
    """The sums of everybody (`ALL`) and of every segment of the cubes that has rows.

    How many sums fit into a double depends on the largest group. Where that was larger than it should be, the
    scan is done again.
    """
    fair = int(ask.rows / BLOCKS * 1.5) + 100
    result = _Result.of(ask, ask.packing(min(fair, ask.rows)), backend)
    if result.largest > fair and result.packed > (packed := ask.packing(result.largest)):
        result = _Result.of(ask, packed, backend)
    return result.sums()


# --- the query -------------------------------------------------------------------------------------


def _sql(ask: Ask, packed: int, dialect: str, aggregates: Mapping[str, str]) -> str:
    """The query for some of the aggregates."""
    masks = [f"s{i}" for i in range(len(ask.wide.cubes))]
    sets = ", ".join(f"(block, {mask})" for mask in masks)
    grouping = f"GROUPING SETS ({sets})" if len(masks) > 1 else ", ".join(["block", *masks])
    sums = ", ".join(["COUNT(*) AS rows_in", *(f"{text} AS {name}" for name, text in aggregates.items())])
    return (
        f"SELECT {', '.join(['block', *masks])}, {sums}"  # noqa: S608 - compiled
        f" FROM ({_rows(ask, packed, dialect)}) AS packed GROUP BY {grouping}"
    )


def _rows(ask: Ask, packed: int, dialect: str) -> str:
    """Each row with its variables as z, whether it has them (m), and several in one number (p and v)."""
    each = range(len(ask.variables))
    base = ", ".join([*(f"s{i}" for i in range(len(ask.wide.cubes))), "block", "weight"])
    zs = ", ".join(
        f"{spelling.double(dialect, variable.sql)} AS z{i}" for i, variable in enumerate(ask.variables)
    )
    rows = f"SELECT {base}, {zs} FROM ({ask.wide.sql(dialect)}) AS wide"  # noqa: S608 - compiled
    if ask.complete:
        there = " AND ".join(f"z{i} IS NOT NULL" for i in each)
        rows = f"SELECT * FROM ({rows}) AS raw WHERE {there}"  # noqa: S608 - compiled
    else:
        zero, one = spelling.double(dialect, "0"), spelling.double(dialect, "1")
        filled = ", ".join(
            f"COALESCE(z{i}, {zero}) AS z{i}, CASE WHEN z{i} IS NULL THEN {zero} ELSE {one} END AS m{i}"
            for i in each
        )
        rows = f"SELECT {base}, {filled} FROM ({rows}) AS raw"  # noqa: S608 - compiled
    if packed == 1:
        return rows
    factor = float(_FACTORS[packed])
    several = [
        " + ".join(f"z{j} * {_exactly(dialect, factor**k)}" for k, j in enumerate(group)) + f" AS p{g}"
        for g, group in enumerate(_groups(ask, packed))
    ]
    if not ask.complete:
        square, way = f"{_exactly(dialect, factor ** (packed - 1))}", _exactly(dialect, factor)
        linear = f"m{{0}} + z{{0}} * {way}" if packed == 3 else "z{0}"
        several += [f"{linear} + z{{0}} * z{{0}} * {square} AS v{{0}}".format(i) for i in each]
    return f"SELECT *, {', '.join(several)} FROM ({rows}) AS filled"  # noqa: S608 - compiled


def _aggregates(ask: Ask, packed: int, dialect: str) -> Mapping[str, str]:
    """Every sum by its name."""
    each, weighted = range(len(ask.variables)), ask.heaviest is not None
    inverse = _exactly(dialect, 1 / ask.unit)

    def added(term: str) -> str:
        weight = " * weight" if weighted else ""
        return f"SUM({term})" if ask.exact else f"SUM(FLOOR({term}{weight} * {inverse} + 0.5))"

    found: dict[str, str] = {}
    if weighted:
        one = spelling.double(dialect, "1")
        found = {"w": added(one), "w2": f"SUM({spelling.amount(dialect, 'weight * weight')})"}
    if ask.complete:
        found |= {f"z_{j}": added(f"z{j}") for j in each}
    else:
        ordered = [pair for i, j in ask.pairs() for pair in ({(i, j), (j, i)})]
        if packed < 3:
            found |= {f"n_{i}_{j}": f"SUM(m{i} * m{j})" for i, j in ask.pairs()}
        if packed == 1:
            found |= {f"z_{i}_{j}": added(f"m{i} * z{j}") for i, j in ordered}
            found |= {f"q_{i}_{j}": added(f"m{i} * z{j} * z{j}") for i, j in ordered if i != j}
        else:
            found |= {f"v_{i}_{j}": f"SUM(m{i} * v{j})" for i, j in ordered}
        if weighted:
            found |= {f"w_{i}_{j}": added(f"m{i} * m{j}") for i, j in ask.pairs()}
    if packed == 1:
        return found | {f"c_{i}_{j}": added(f"z{i} * z{j}") for i, j in ask.pairs()}
    return found | {
        f"p_{i}_{g}": f"SUM(z{i} * p{g})"
        for i in each
        for g, group in enumerate(_groups(ask, packed))
        if group[-1] >= i
    }


def _exactly(dialect: str, number: float) -> str:
    """A whole number, or a power of two, as a double."""
    return spelling.double(dialect, f"{number:.0f}" if number >= 1 else repr(number))


def _groups(ask: Ask, packed: int) -> Sequence[Sequence[int]]:
    """The variables that share a number."""
    p = len(ask.variables)
    return [range(i, min(i + packed, p)) for i in range(0, p, packed)]


# --- the result ------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Result:
    """What came back: one row a block and combination of segments of a cube, sorted."""

    ask: Ask
    packed: int
    table: Mapping[str, FloatArray]

    @classmethod
    def of(cls, ask: Ask, packed: int, backend: Backend) -> _Result:
        keys = ["block", *(f"s{i}" for i in range(len(ask.wide.cubes)))]
        aggregates = list(_aggregates(ask, packed, backend.dialect).items())
        found: dict[str, FloatArray] = {}
        for i in range(0, len(aggregates), _COLUMNS):
            part = dict(aggregates[i : i + _COLUMNS])
            table = backend.execute(_sql(ask, packed, backend.dialect, part))
            found |= _sorted(table, keys)
        return cls(ask, packed, found)

    @property
    def largest(self) -> int:
        """Rows of the largest group."""
        return int(self.table["rows_in"].max(initial=0))

    def sums(self) -> Mapping[str, Sums]:
        """By segment, a layer for every block that has rows."""
        layers = self._layers()
        found = {}
        for c, cube in enumerate(self.ask.wide.cubes):
            mask = self.table[f"s{c}"]
            own = ~np.isnan(mask)
            bits = np.where(own, mask, 0).astype(np.int64)
            members = {segment: own & (bits >> bit & 1 == 1) for bit, segment in enumerate(cube.segments)}
            for segment, rows in ({ALL: own} | members if c == 0 else members).items():
                if rows.any():
                    found[segment] = self._by_block(layers, np.flatnonzero(rows))
        return found

    def _by_block(self, layers: Sums, rows: npt.NDArray[np.int64]) -> Sums:
        blocks = self.table["block"][rows]
        starts = np.flatnonzero(np.diff(blocks, prepend=-1.0))
        add = np.add.reduceat
        return layers.mapped(lambda sums: add(sums[rows], starts, axis=0))

    def _layers(self) -> Sums:
        """The sums of every row of the result."""
        unit, rows = self.ask.unit, self.table["rows_in"][:, None, None]
        products = self._products() * unit
        weight = self.table["w"][:, None, None] * unit if "w" in self.table else rows
        squares = self.table["w2"][:, None, None] if "w2" in self.table else rows
        every = (rows, weight, squares)
        p = len(self.ask.variables)
        if self.ask.complete:
            z = np.stack([self.table[f"z_{j}"] for j in range(p)], axis=-1)[:, None] * unit
            zz = np.einsum("...ii->...i", products)[:, None]
            return Sums(*every, rows, weight, z, zz, products)
        n, z, zz = self._of_pairs(products / unit)
        w = self._pairs("w", mirrored=True) * unit if "w" in self.table else n
        return Sums(*every, n, w, z * unit, zz * unit, products)

    def _of_pairs(self, products: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`n`, `z` and `zz` of all pairs."""
        if self.packed == 1:
            zz = self._pairs("q")
            np.einsum("...ii->...i", zz)[...] = np.einsum("...ii->...i", products)
            return self._pairs("n", mirrored=True), self._pairs("z"), zz
        parts = _unpacked(self._pairs("v"), self.packed)
        if self.packed == 2:
            return self._pairs("n", mirrored=True), parts[0], parts[1]
        return parts[0], parts[1], parts[2]

    def _products(self) -> FloatArray:
        if self.packed == 1:
            return self._pairs("c", mirrored=True)
        p = len(self.ask.variables)
        found = np.zeros((len(self.table["rows_in"]), p, p))
        for g, group in enumerate(_groups(self.ask, self.packed)):
            for i in range(group[-1] + 1):
                for j, part in zip(group, _unpacked(self.table[f"p_{i}_{g}"], self.packed), strict=False):
                    found[:, i, j] = found[:, j, i] = part
        return found

    def _pairs(self, kind: str, *, mirrored: bool = False) -> FloatArray:
        """The aggregates of a kind as a matrix a row."""
        p = len(self.ask.variables)
        found = np.zeros((len(self.table["rows_in"]), p, p))
        for name, values in self.table.items():
            if name.startswith(f"{kind}_"):
                i, j = map(int, name.split("_")[1:])
                found[:, i, j] = values
                if mirrored:
                    found[:, j, i] = values
        return found


def _sorted(table: pa.Table, keys: Sequence[str]) -> dict[str, FloatArray]:
    """The columns as doubles, in the order of the keys; NaN for null."""
    columns = {
        name: np.asarray(table[name].cast("double").to_numpy(zero_copy_only=False), dtype=np.float64)
        for name in table.column_names
    }
    order = np.lexsort([np.nan_to_num(columns[key], nan=-1.0) for key in reversed(keys)])
    return {name: column[order] for name, column in columns.items()}


def _unpacked(packed: FloatArray, parts: int) -> list[FloatArray]:
    """The sums that share doubles."""
    left, factor, found = packed.astype(np.int64), _FACTORS[parts], []
    for _ in range(parts):
        part = (left + factor // 2) % factor - factor // 2
        left = (left - part) // factor
        found.append(part.astype(np.float64))
    return found
