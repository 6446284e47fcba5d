"""How customers grew, as SQL: what each spent in the last days and in as many days before.

The present is the `days` up to the last answer that anybody gave to the signal; the earlier period is as many
days before it. A customer is new whose first answer lies in the present. Where the evidence does not reach
back all of the earlier period, both periods are half of what there is, lest the present seem the larger one;
where it does not reach back nine tenths of it, nothing is found. Cells are those of the period of the last
answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.cel.targets.sql import literal
from cxengine.metrics import period, spelling
from cxengine.metrics.segment import column

if TYPE_CHECKING:
    from cxengine.metrics.segment import Cube
    from cxengine.project.model import Period

REACH = 1.9
"""How many times the days the evidence must reach back."""
_DAY = 1.0
"""From the first day to the last is a day less than there are."""


def sql(
    signal: str, arguments: tuple[float, str], cubes: tuple[Cube, ...], length: Period, dialect: str
) -> str:
    """The query, given the days and the attribute that says of a purchase whether its customer was earned."""
    days, attribute = arguments
    masks = [f"{cube.mask(dialect)} AS s{i}" for i, cube in enumerate(cubes)]
    ored = ", ".join(f"{spelling.union_of_bits(dialect, f's{i}')} AS s{i}" for i in range(len(cubes)))
    moment = spelling.days(dialect, "occurred_at")
    earned = f"CASE WHEN {column(attribute, dialect)} THEN 1 ELSE 0 END" if attribute else "0"
    answers = (
        f"SELECT touchpoint, customer, {moment} AS number, {spelling.amount(dialect, 'value')} AS amount,"  # noqa: S608 - compiled or quoted
        f" {earned} AS earned, {', '.join(masks)},"
        f" MIN({moment}) OVER () AS opening, MAX({moment}) OVER () AS ending,"
        " MAX(occurred_on) OVER () AS last"
        " FROM answers JOIN responses USING (response) WHERE NOT censored AND customer IS NOT NULL"
        f" AND occurred_at IS NOT NULL AND signal = {literal(dialect, signal)}"
    )
    dated = (
        f"SELECT answered.*, LEAST({days!r}, (ending - opening + {_DAY!r}) / 2) AS span"  # noqa: S608 - compiled
        f" FROM ({answers}) AS answered WHERE ending - opening >= {REACH * days!r}"
    )
    now = "number > ending - span"
    each = (
        "SELECT touchpoint, customer, MAX(last) AS last, MIN(number) AS began, MAX(ending - span) AS turn,"  # noqa: S608 - compiled
        f" SUM(CASE WHEN {now} THEN 0 WHEN number > ending - 2 * span THEN amount ELSE 0 END) AS before,"
        f" SUM(CASE WHEN {now} THEN amount ELSE 0 END) AS spent, MAX(earned) AS earned, {ored}"
        f" FROM ({dated}) AS dated GROUP BY touchpoint, customer"
    )
    new, none = "began > turn", spelling.amount(dialect, "0")
    facts = {
        "before": "before",
        "kept": f"CASE WHEN {new} THEN {none} ELSE spent END",
        "earned": f"CASE WHEN {new} AND earned = 1 THEN spent ELSE {none} END",
        "bought": f"CASE WHEN {new} AND earned = 0 THEN spent ELSE {none} END",
    }
    keys = ["touchpoint", *(f"s{i}" for i in range(len(cubes)))]
    told = [f"{text} AS {name}" for name, text in facts.items()]
    sorted_out = (
        f"SELECT {', '.join((*keys, *told))}, {period.sql(length, dialect, 'last')} AS period"  # noqa: S608 - compiled
        f" FROM ({each}) AS customers WHERE before <> 0 OR spent <> 0"
    )
    groups = ", ".join((*keys, *facts, "period"))
    return (
        f"SELECT {literal(dialect, signal)} AS signal, {groups}, COUNT(*) AS n"  # noqa: S608 - compiled
        f" FROM ({sorted_out}) AS sorted_out GROUP BY {groups}"
    )
