"""How many persons are behind the answers: customers where they are known, else responses.

Privacy is about persons, and one may answer often: in several periods, at several touchpoints of a stage.
Persons do not add up over cells, so they are counted in each, in one more scan that is made only of signals
to which somebody answered more than once. A person is in a segment where any of the answers is.

Of groups of answers that are no cell, only bounds are known. A group of `a` answers within a cell of `n`
answers, of which nobody gave more than `most`, is of at least `a / most` persons, and of at least so many as
the cell has, less one for every answer that is not in the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import attrs
import numpy as np

from cxengine.cel.targets.sql import literal
from cxengine.metrics import period, spelling
from cxengine.metrics.clusters import subjects
from cxengine.metrics.measurement import ALL
from cxengine.plugin.component import CENSORED

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.components import Axes
    from cxengine.metrics.rollup import Hierarchy
    from cxengine.metrics.scan import Scan

    IntArray = npt.NDArray[np.int64]

_EVER = -2


@attrs.frozen(eq=False)
class Persons:
    """By cell, ascending by code: answers, the persons who gave them, the most answers of one of them."""

    codes: IntArray
    answers: IntArray
    persons: IntArray
    most: IntArray
    NOBODY_TWICE: ClassVar[Persons]

    def behind(self, codes: IntArray, answers: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """At least how many persons gave some of the answers of cells, at most how many, the most of one.

        `answers` are how many of those in the cell count.
        """
        at = np.minimum(np.searchsorted(self.codes, codes), max(len(self.codes) - 1, 0))
        if not len(self.codes):
            return answers, answers, np.ones_like(answers)
        known = self.codes[at] == codes
        every, persons = (
            np.where(known, self.answers[at], answers),
            np.where(known, self.persons[at], answers),
        )
        most = np.where(known, self.most[at], 1)
        least = np.maximum(-(-answers // most), persons - np.maximum(every - answers, 0))
        return np.minimum(least, answers), np.minimum(persons, answers), most


_NONE = np.zeros(0, dtype=np.int64)
Persons.NOBODY_TWICE = Persons(_NONE, _NONE, _NONE, _NONE)


@attrs.frozen(eq=False)
class PersonScan:
    """The scan, of one signal."""

    signal: str
    scan: Scan
    hierarchy: Hierarchy
    touchpoints: tuple[str, ...]
    """In the order in which the hierarchy holds them."""

    def run(self, backend: Backend, axes: Axes, times: Sequence[int]) -> Persons:
        """The persons in all cells."""
        table = backend.execute(self.sql(backend.dialect))
        number = table["period"].to_numpy().astype(np.int64)
        when = np.where(number == _EVER, self.hierarchy.all_time, np.searchsorted(np.array(times), number))
        row, segment = self._in_segments(table, axes)
        codes = axes.codes(
            table["subject"].to_numpy().astype(np.int32)[row],
            segment.astype(np.int32),
            when.astype(np.int32)[row],
        )
        amounts = [table[name].to_numpy().astype(np.int64)[row] for name in ("answers", "persons", "most")]
        present = self.hierarchy.all_time if self.hierarchy.present is None else self.hierarchy.present
        now = when[row] == present
        codes = np.concatenate([codes, codes[now] + self.hierarchy.now - present])
        return _added(codes, *(np.concatenate([amount, amount[now]]) for amount in amounts))

    def _in_segments(self, table: pa.Table, axes: Axes) -> tuple[IntArray, IntArray]:
        """The rows of everybody and of every segment, and the position of the segment."""
        rows, segments = [], []
        for i, cube in enumerate(self.scan.cubes):
            own = np.flatnonzero(table[f"s{i}"].is_valid().to_numpy())
            mask = table[f"s{i}"].drop_null().to_numpy().astype(np.int64)
            held = [(ALL, own)] if i == 0 else []
            held += [(segment, own[(mask >> bit) & 1 == 1]) for bit, segment in enumerate(cube.segments)]
            rows += [chosen for _, chosen in held]
            segments += [np.full(len(chosen), axes.segments.index(name)) for name, chosen in held]
        return np.concatenate(rows), np.concatenate(segments)

    def sql(self, dialect: str) -> str:
        """The query: the answers of every person by cell, then persons."""
        masks = [f"s{i}" for i in range(len(self.scan.cubes))]
        united = ", ".join(f"{spelling.union_of_bits(dialect, mask)} AS {mask}" for mask in masks)
        cubes = ", ".join(
            f"{cube.mask(dialect)} AS {mask}" for cube, mask in zip(self.scan.cubes, masks, strict=True)
        )
        number = f"COALESCE({period.sql(self.scan.length, dialect)}, {period.NO_TIME})"
        conditions = "" if self.scan.observed else f" AND NOT {CENSORED}"
        levels = subjects(self.hierarchy, self.touchpoints, dialect)
        places = ", ".join(f"{subject} AS {level}" for level, subject in levels.items())
        finest = (
            f"SELECT person, {', '.join(levels)}, period, {united}, COUNT(*) AS answers"  # noqa: S608 - compiled or quoted
            f" FROM (SELECT response, {places} FROM answers"
            f" WHERE signal = {literal(dialect, self.signal)}{conditions}) AS answered"
            " JOIN (SELECT response, COALESCE(customer, response_id) AS person,"
            f" {number} AS period, {cubes} FROM responses) AS responded USING (response)"
            f" GROUP BY person, {', '.join(levels)}, period"
        )
        placed = " UNION ALL ".join(
            f"SELECT person, {level} AS subject, {time} AS period, {united}, SUM(answers) AS answers"  # noqa: S608 - compiled
            f" FROM finest WHERE {level} IS NOT NULL{known} GROUP BY 1, 2, 3"
            for level in levels
            for time, known in (("period", " AND period >= 0"), (spelling.integer(dialect, str(_EVER)), ""))
        )
        sets = ", ".join(f"(subject, period, {mask})" for mask in masks)
        grouping = f"GROUPING SETS ({sets})" if len(masks) > 1 else f"subject, period, {masks[0]}"
        return (
            f"WITH finest AS ({finest}), placed AS ({placed})"  # noqa: S608 - compiled or quoted
            f" SELECT subject, period, {', '.join(masks)},"
            f" {spelling.integer(dialect, 'SUM(answers)')} AS answers,"
            f" COUNT(*) AS persons, {spelling.integer(dialect, 'MAX(answers)')} AS most"
            f" FROM placed GROUP BY {grouping}"
        )


def _added(codes: IntArray, answers: IntArray, persons: IntArray, most: IntArray) -> Persons:
    """One entry a cell."""
    cells, place = np.unique(codes, return_inverse=True)
    largest = np.zeros(len(cells), dtype=np.int64)
    np.maximum.at(largest, place, most)
    every, who = (
        np.bincount(place, weights=amount, minlength=len(cells)).astype(np.int64)
        for amount in (answers, persons)
    )
    return Persons(cells, every, who, largest)
