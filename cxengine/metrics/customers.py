"""One more scan, keyed by customer: for the few metrics that are about customers instead of answers.

What a customer did in several files or periods makes one history, so histories do not add up over answers
as components do: the scan reads all answers of the signal. Of its result everything rolls up
like the rest, because every customer is counted once a touchpoint: in the period of the first answer (the
cohort), and in each segment that any of the customer's answers belongs to. A customer who is known at two
touchpoints counts twice in their stage; let the signal be about the relationship to have the journey exact.
Design weights of answers say nothing about customers and are left out. Amounts below 0, which are refunds,
are no purchases and no part of a history; what customers spent in a period is net of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cxengine.cel.targets.sql import literal
from cxengine.metrics import growth, period, spelling
from cxengine.plugin.component import CUSTOMERS
from cxengine.plugin.growths import Growths
from cxengine.plugin.histories import Histories

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from cxengine.evidence.evidence import Backend
    from cxengine.metrics.aggregate import Aggregate
    from cxengine.metrics.components import Histogram, Parts
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period

    FloatArray = npt.NDArray[np.float64]

_KINDS: Mapping[str, type[Histories | Growths]] = {"histories": Histories, "growth": Growths}
_PLACE = ("cells", "cell", "w")


@attrs.frozen
class Question:
    """What is asked about the customers of a signal, with the arguments of the component that asks."""

    kind: str
    signal: str
    arguments: Any = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """What is told of each customer."""
        return tuple(f.name for f in attrs.fields(_KINDS[self.kind]) if f.name not in _PLACE)

    def sql(self, cubes: tuple[Cube, ...], length: Period, dialect: str) -> str:
        """The query: a row for each kind of customer, with the facts, the cell and the number `n` of them."""
        if self.kind == "growth":
            return growth.sql(self.signal, self.arguments, cubes, length, dialect)
        return sql(self.signal, cubes, length, dialect)


def question(signal: str, aggregates: Mapping[str, Aggregate]) -> Question | None:
    """What the components of a metric ask about customers; None where they ask about answers."""
    for aggregate in aggregates.values():
        if aggregate.kind in CUSTOMERS:
            return Question(aggregate.kind, signal, aggregate.arguments)
    return None


@attrs.frozen(eq=False)
class Customers:
    """Customers by cell: a histogram of the numbers of their kinds, and the facts of each kind."""

    tally: Histogram
    kind: str
    facts: Mapping[str, FloatArray]

    def evaluate(self, names: tuple[str, ...]) -> Parts:
        """The components of a metric of customers: `n`, `w`, `w2` count customers."""
        tally = self.tally
        parts = tally.evaluate("", {})
        number = tally.value.astype(np.int64)
        facts = {name: values[number] for name, values in self.facts.items()}
        made: Any = _KINDS[self.kind]
        found = made(len(tally.codes), tally.cell, **facts, w=tally.n.astype(np.float64))
        return parts | dict.fromkeys(names, found)


@attrs.frozen(eq=False)
class Patrons:
    """What a scan found: rows like those of the scan of answers, and kinds of customers.

    The column `answer` of the rows is the number of a kind.
    """

    rows: pa.Table
    facts: Mapping[str, FloatArray]


def scan(asked: Question, cubes: tuple[Cube, ...], length: Period, backend: Backend) -> Patrons:
    """The customers of a signal."""
    import pyarrow as pa

    layout = {"signal": pa.string(), "touchpoint": pa.string(), "period": pa.int64(), "n": pa.int64()}
    layout |= {"answer": pa.float64()} | {f"s{i}": pa.int64() for i in range(len(cubes))}
    found = backend.execute(asked.sql(cubes, length, backend.dialect))
    facts = np.stack([found[name].cast(pa.float64()).to_numpy() for name in asked.facts])
    kinds, number = np.unique(facts, axis=1, return_inverse=True)
    found = found.append_column("answer", pa.array(number.astype(np.float64).ravel()))
    parts = []
    for i in range(len(cubes)):
        other = {f"s{j}" for j in range(len(cubes))} - {f"s{i}"}
        columns = [
            pa.nulls(len(found), type_) if name in other else found[name].cast(type_)
            for name, type_ in layout.items()
        ]
        parts.append(pa.table(columns, names=list(layout)))
    return Patrons(pa.concat_tables(parts), dict(zip(asked.facts, kinds, strict=True)))


def sql(signal: str, cubes: tuple[Cube, ...], length: Period, dialect: str) -> str:
    """The query: purchases of a day are one, days are a customer's history, customers are counted."""
    masks = [f"{cube.mask(dialect)} AS s{i}" for i, cube in enumerate(cubes)]
    ored = ", ".join(f"{spelling.union_of_bits(dialect, f's{i}')} AS s{i}" for i in range(len(cubes)))
    number = spelling.double(dialect, spelling.day(dialect, "occurred_on"))
    days = (
        "SELECT signal, touchpoint, customer, occurred_on AS day,"  # noqa: S608 - compiled or quoted
        f" {number} AS number, {spelling.amount(dialect, 'value')} AS amount, {', '.join(masks)}"
        " FROM answers JOIN responses USING (response) WHERE NOT censored AND customer IS NOT NULL"
        f" AND occurred_on IS NOT NULL AND value >= 0 AND signal = {literal(dialect, signal)}"
    )
    daily = (
        "SELECT signal, touchpoint, customer, day, number, SUM(amount) AS amount,"  # noqa: S608 - compiled
        f" MIN(number) OVER (PARTITION BY signal, touchpoint, customer) AS began,"
        f" MAX(number) OVER (PARTITION BY signal) AS ending, {ored}"
        f" FROM ({days}) AS answered GROUP BY signal, touchpoint, customer, day, number"
    )
    each = (
        "SELECT signal, touchpoint, MIN(day) AS first_day, COUNT(*) - 1 AS x,"  # noqa: S608 - compiled
        " MAX(number) - MIN(number) AS recency, MAX(ending) - MIN(number) AS age,"
        f" SUM(CASE WHEN number > began THEN amount ELSE 0 END) AS spent, {ored}"
        f" FROM ({daily}) AS daily GROUP BY signal, touchpoint, customer"
    )
    keys = ", ".join(
        ["signal", "touchpoint", "x", "recency", "age", "spent", *(f"s{i}" for i in range(len(cubes)))]
    )
    cohort = period.sql(length, dialect, "first_day")
    return (
        f"SELECT {keys}, {cohort} AS period, COUNT(*) AS n"  # noqa: S608 - compiled
        f" FROM ({each}) AS customers GROUP BY {keys}, {cohort}"
    )
