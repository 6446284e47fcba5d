"""Measurements metric by metric, before they are one table.

Most metrics of a signal are measured in the same cells and rest on the same answers. All that is the same for
them (keys, numbers of answers, what is suppressed) is held once, however many they are: in the table, each
metric is a chunk, and the chunks share their columns but for value and interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.metrics.measurement import few
from cxengine.metrics.names import Names

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.metrics.components import Axes, Components
    from cxengine.plugin import Metric

    BoolArray = npt.NDArray[np.bool_]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Footing:
    """What metrics rest on in the cells that have answers: parallel arrays, by ascending code."""

    codes: IntArray
    there: BoolArray
    """Where there is a value."""
    answers: IntArray
    n_eff: FloatArray
    clusters: FloatArray

    def same(self, other: Footing) -> bool:
        """Whether both say the same of the same cells."""
        return all(np.array_equal(*pair) for pair in zip(self._arrays(), other._arrays(), strict=True))

    def _arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        return (self.codes, self.there, self.answers, self.n_eff, self.clusters)


@attrs.frozen(eq=False)
class Estimated:
    """A metric in its cells: value, low and high where there is a value."""

    footing: Footing
    amounts: tuple[FloatArray, FloatArray, FloatArray]


def estimated(metrics: Mapping[str, Metric], components: Components) -> dict[str, Estimated]:
    """All metrics by name, those of a signal on the same footing where they have the same."""
    known: dict[str, list[_Ground]] = {}
    found = {}
    for name in sorted(metrics):
        ground, amounts = _estimated(name, metrics[name], components)
        of_signal = known.setdefault(components.signals[name], [])
        same = next((other for other in of_signal if other.same(ground)), None)
        if same is None:
            of_signal.append(ground)
        found[name] = Estimated((same or ground).footing, amounts)
    return found


def _estimated(
    name: str, metric: Metric, components: Components
) -> tuple[_Ground, tuple[FloatArray, FloatArray, FloatArray]]:
    codes, parts = components.of(name)
    estimates = metric.measure(parts)
    there = np.isfinite(estimates.value)
    effects, told = components.effects.get(name), parts["w2"]
    if effects is not None:
        told = told / effects.divisors.interval * effects.divisors.design
    ground = _Ground(
        codes=codes,
        there=there,
        answers=estimates.n,
        supplied=(parts["n"], parts["w"], told),
        clusters=None if effects is None else effects.clusters,
    )
    shown = slice(None) if there.all() else there  # a slice copies nothing
    low, high = estimates.low[shown], estimates.high[shown]
    return ground, (estimates.value[shown], low, high)


@attrs.frozen(eq=False, slots=False)
class _Ground:
    """What the footing of a metric follows from; mostly the very arrays that others of the signal have."""

    codes: IntArray
    there: BoolArray
    answers: FloatArray | None
    """How many each value rests on; None where that is all."""
    supplied: tuple[FloatArray, FloatArray, FloatArray]
    """`n`, `w` and `w2`, as the engine supplies them, but for what degrees of freedom cost."""
    clusters: FloatArray | None

    def same(self, other: _Ground) -> bool:
        """Whether both lead to the same footing."""
        if (
            self._plain
            and other._plain
            and all(a is b for a, b in zip(self.supplied, other.supplied, strict=True))
        ):
            return np.array_equal(self.there, other.there)
        return self.footing.same(other.footing)

    @property
    def _plain(self) -> bool:
        return self.answers is None and self.clusters is None

    @cached_property
    def footing(self) -> Footing:
        """The cells with their numbers of answers, nothing where there is no value."""
        from cxengine.plugin import intervals

        n, w, w2 = self.supplied
        answers, known = n, intervals.effective_n(w, w2)
        if self.answers is not None:
            answers, known = self.answers, intervals.ratio(known * self.answers, n)
        effective = np.where(self.there, known, 0.0)
        return Footing(
            codes=self.codes,
            there=self.there,
            answers=np.where(np.isfinite(answers), answers, 0).astype(np.int64),
            n_eff=effective,
            clusters=effective if self.clusters is None else self.clusters,
        )


@attrs.frozen(eq=False)
class Cells:
    """The cells in which metrics are shown or suppressed: parallel arrays."""

    keys: Mapping[str, Names]
    """`level`, `subject`, `segment`, `period`."""
    n: IntArray
    n_eff: FloatArray
    clusters: FloatArray
    suppressed: BoolArray
    caution: BoolArray

    @classmethod
    def of(cls, axes: Axes, footing: Footing, hidden: BoolArray, least: int) -> Cells:
        """Where there is a value; `hidden` tells of every cell of the footing whether it is suppressed.

        What is worth fewer answers than `least` carries a caution.
        """
        there = footing.there
        suppressed = hidden[there]
        return cls(
            keys=_keys(axes, footing.codes[there]),
            n=np.where(suppressed, 0, footing.answers[there]),
            n_eff=np.where(suppressed, 0.0, footing.n_eff[there]),
            clusters=np.where(suppressed, 0.0, footing.clusters[there]),
            suppressed=suppressed,
            caution=~suppressed & few(footing.n_eff[there], least),
        )

    @cached_property
    def columns(self) -> Mapping[str, pa.Array]:
        """As columns of Arrow."""
        import pyarrow as pa

        amounts = {name: getattr(self, name) for name in ("n", "n_eff", "clusters", "suppressed", "caution")}
        keys = {name: key.column() for name, key in self.keys.items()}
        return keys | {name: pa.array(amount) for name, amount in amounts.items()}


@attrs.frozen(eq=False)
class Block:
    """The measurements of one metric: parallel arrays; what they say where they are suppressed is nothing."""

    metric: str
    cells: Cells
    value: FloatArray
    low: FloatArray
    high: FloatArray


def blocks(
    axes: Axes, found: Mapping[str, Estimated], hidden: Mapping[str, BoolArray], least: int
) -> list[Block]:
    """The measurements of all metrics; `hidden` tells of every cell whether it is suppressed.

    What is worth fewer answers than `least` carries a caution.
    """
    cells = {
        footing: Cells.of(axes, footing, hidden[name], least)
        for footing, name in {one.footing: name for name, one in found.items()}.items()
    }
    return [Block(name, cells[one.footing], *one.amounts) for name, one in found.items()]


def table(axes: Axes, measured: Sequence[Block]) -> pa.Table:
    """The table of all measurements, as `cxengine.metrics.measurement` tells it."""
    import pyarrow as pa

    names = pa.array([block.metric for block in measured], pa.string())
    if not measured:
        nothing, none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
        footing = Footing(none, nobody, none, nothing, nothing)
        measured = [Block("", Cells.of(axes, footing, nobody, 1), nothing, nothing, nothing)]
    return pa.concat_tables(
        pa.table(
            {"metric": repeated(number, names, len(block.value))}
            | {name: block.cells.columns[name] for name in (*block.cells.keys, "n", "n_eff", "clusters")}
            | {side: _where_shown(getattr(block, side), block.cells) for side in ("value", "low", "high")}
            | {name: block.cells.columns[name] for name in ("suppressed", "caution")}
        )
        for number, block in enumerate(measured)
    )


def repeated(number: int, names: pa.StringArray, times: int) -> pa.DictionaryArray:
    """A column that says the same of some names in every row, in as few bytes as tell them apart."""
    import pyarrow as pa

    code = np.full(times, number, dtype=np.min_scalar_type(-len(names)))
    return pa.DictionaryArray.from_arrays(pa.array(code), names, safe=False)


def _where_shown(amount: FloatArray, cells: Cells) -> pa.Array:
    import pyarrow as pa

    if not cells.suppressed.any():
        return pa.array(amount)
    return pa.array(np.where(cells.suppressed, np.nan, amount), mask=cells.suppressed)


def _keys(axes: Axes, codes: IntArray) -> dict[str, Names]:
    """The keys of cells."""
    subject, *others = axes.positions(codes)
    levels, subjects = zip(*axes.subjects, strict=True)
    found = {}
    for name, names, positions in (
        ("level", levels, subject),
        ("subject", subjects, subject),
        ("segment", axes.segments, others[0]),
        ("period", axes.periods, others[1]),
    ):
        each = {text: code for code, text in enumerate(dict.fromkeys(names))}
        of_position = np.array([each[text] for text in names], dtype=np.int32)
        found[name] = Names(of_position[positions], tuple(each))
    return found
