"""One row a response (or customer): the values that a model compares, side by side, in SQL.

Columns: `block` (for resampling: a customer is in one block with all that they said), `weight`, the masks of
segments `s0, s1, ...`, and the values `x0, x1, ...`, null where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine.cel.targets.sql import literal, literals
from cxengine.metrics import period, spelling

if TYPE_CHECKING:
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period

BLOCKS = 128
"""Blocks that are resampled; a power of two."""

_PRIME = 2_147_483_647
_FACTORS = (16_807, 69_621, 39_373)


@attrs.frozen
class Place:
    """What is answered where."""

    signal: str
    touchpoint: str


@attrs.frozen(eq=False)
class Wide:
    """The table to ask for."""

    places: tuple[Place, ...]
    """In the order of the columns; the outcome last."""
    unit: Literal["row", "response", "customer"]
    """What is one row: a row of input (each holds a whole response), a response, or a customer."""
    cubes: tuple[Cube, ...]
    length: Period
    present: int | None
    """The number of the period that counts; None where all do."""
    clustered: bool
    """Whether customers are known."""
    after: bool = False
    """Whether the outcome only counts from after the first answer to another column."""

    def sql(self, dialect: str) -> str:
        """The query."""
        masks = [f"s{i}" for i in range(len(self.cubes))]
        columns = ", ".join(["block", "weight", *masks, *(f"x{i}" for i in range(len(self.places)))])
        return (
            f"SELECT {columns} FROM ({self._units(dialect)}) AS units"  # noqa: S608 - compiled or quoted
            f" JOIN ({self._values(dialect)}) AS given USING (unit)"
        )

    def _units(self, dialect: str) -> str:
        """What is known of each row: its block, weight and segments."""
        masks = [f"s{i}" for i in range(len(self.cubes))]
        block = _block(dialect, "first_response")
        columns = ", ".join(["unit", f"{block} AS block", f"{spelling.double(dialect, 'weight')} AS weight"])
        return f"SELECT {', '.join([columns, *masks])} FROM ({self._first(dialect)}) AS firsts"  # noqa: S608 - compiled

    def _first(self, dialect: str) -> str:
        """Each row with the first response of the same customer, or of its own."""
        masks = [f"{cube.mask(dialect)} AS s{i}" for i, cube in enumerate(self.cubes)]
        unions = [f"{spelling.union_of_bits(dialect, f's{i}')} AS s{i}" for i in range(len(self.cubes))]
        own = ", ".join(["response", "response_id", "customer", "weight", *masks])
        responses = f"SELECT {own} FROM responses{self._now(dialect)}"  # noqa: S608 - compiled
        names = ", ".join(["weight", *(f"s{i}" for i in range(len(self.cubes)))])
        match self.unit:
            case "customer":
                return (
                    "SELECT customer AS unit, MIN(response) AS first_response, 1 AS weight"  # noqa: S608 - compiled
                    f"{''.join(f', {u}' for u in unions)} FROM ({responses}) AS own"
                    " WHERE customer IS NOT NULL GROUP BY customer"
                )
            case "response":
                responses = (
                    "SELECT response_id AS unit, MIN(response) AS response, MIN(customer) AS customer,"  # noqa: S608 - compiled
                    f" {', '.join(['MAX(weight) AS weight', *unions])} FROM ({responses}) AS own"
                    " GROUP BY response_id"
                )
            case "row":
                responses = f"SELECT response AS unit, response, customer, {names} FROM ({responses}) AS own"  # noqa: S608 - compiled
        first = "response"
        if self.clustered:
            shared = "MIN(response) OVER (PARTITION BY customer)"
            first = f"CASE WHEN customer IS NULL THEN response ELSE {shared} END"
        return f"SELECT unit, {first} AS first_response, {names} FROM ({responses}) AS every"  # noqa: S608 - compiled

    def _values(self, dialect: str) -> str:
        """The values of each row; several of one kind are averaged, exactly, whatever their order."""
        chosen = [f"({_at(dialect, place)})" for place in self.places]
        late = " AND occurred_at > began" if self.after else ""
        conditions = [*chosen[:-1], chosen[-1] + late]
        values = [f"CASE WHEN {condition} THEN value END" for condition in conditions]
        pick = "MAX({})".format if self.unit == "row" else partial(_mean, dialect)
        columns = ", ".join(f"{pick(value)} AS x{i}" for i, value in enumerate(values))
        return f"SELECT unit, {columns} FROM ({self._said(dialect, chosen)}) AS said GROUP BY unit"  # noqa: S608 - quoted

    def _said(self, dialect: str, chosen: Sequence[str]) -> str:
        signals = sorted({place.signal for place in self.places})
        wanted = f"NOT censored AND signal IN ({literals(dialect, signals)})"
        if self.unit == "row":
            return f"SELECT response AS unit, signal, touchpoint, value FROM answers WHERE {wanted}"  # noqa: S608 - quoted
        key = "response_id" if self.unit == "response" else "customer"
        began = ""
        if self.after:
            drivers = " OR ".join(chosen[:-1])
            began = f", MIN(CASE WHEN {drivers} THEN occurred_at END) OVER (PARTITION BY {key}) AS began"
        known = "" if self.unit == "response" else " AND customer IS NOT NULL"
        return (
            f"SELECT {key} AS unit, signal, touchpoint, value, occurred_at{began}"  # noqa: S608 - quoted
            " FROM answers JOIN (SELECT response, response_id, customer, occurred_at"
            f" FROM responses{self._now(dialect)}) AS asked USING (response) WHERE {wanted}{known}"
        )

    def _now(self, dialect: str) -> str:
        return "" if self.present is None else f" WHERE {period.sql(self.length, dialect)} = {self.present}"


def _mean(dialect: str, value: str) -> str:
    total = spelling.double(dialect, f"SUM({spelling.amount(dialect, value)})")
    return f"{total} / NULLIF(COUNT({value}), 0)"


def _at(dialect: str, place: Place) -> str:
    return f"signal = {literal(dialect, place.signal)} AND touchpoint = {literal(dialect, place.touchpoint)}"


def _block(dialect: str, number: str) -> str:
    """A number from 0 to `BLOCKS` - 1 that depends on another as if by chance, the same on every engine.

    Squares modulo a prime, so that rows in any order or rhythm are spread without regard to it.
    """
    mixed = f"MOD({spelling.integer(dialect, number)} * 48271 + 11, {_PRIME})"
    for factor in _FACTORS:
        mixed = f"MOD(MOD({mixed} * {mixed}, {_PRIME}) * {factor} + 5, {_PRIME})"
    return f"MOD({mixed}, {BLOCKS})"
