"""How much less is known of themes where persons wrote more than once, as what they say is alike.

As for feelings (`cxengine.insight.alike`): what whole persons change, squared, over what single responses do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.insight.alike import INDEPENDENT, Effect, correlation_of, effect_of
from cxengine.insight.voices import Voices

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = Mapping[str, Any]


@attrs.frozen
class Persons:
    """Of a theme at a touchpoint: its share, the feeling of those who mention it, and of the others."""

    share: Effect = INDEPENDENT
    mentioned: Effect = INDEPENDENT
    otherwise: Effect = INDEPENDENT
    correlation: float = 0.0
    """Of the two feelings, as one person may have mentioned it once and not another time."""


NOBODY_TWICE = Persons()


def repeated(rows: Sequence[Row]) -> bool:
    """Whether a person spoke more than once of a touchpoint."""
    return any(row["persons"] < row["n"] for row in rows if row["label"] is None)


def persons(row: Row, rest: Row, own: Row, whole: Row) -> Persons:
    """From responses (`row` and `rest`), and from products of persons' totals, of theme and touchpoint."""
    m, n = row["n"], row["n"] + rest["n"]
    share, felt, otherwise = m / n, row["x"] / m, rest["x"] / rest["n"]
    between = own["tt"] - 2 * felt * own["mt"] + felt**2 * own["mm"]
    fewer = whole["mm"] - 2 * own["mn"] + own["mm"]
    products = whole["mt"] - own["mx"] - own["nt"] + own["mt"]
    others = whole["tt"] - 2 * own["tx"] + own["tt"] - 2 * otherwise * products + otherwise**2 * fewer
    both = own["tx"] - own["tt"] - otherwise * (own["nt"] - own["mt"])
    both += felt * (otherwise * (own["mn"] - own["mm"]) - (own["mx"] - own["mt"]))
    return Persons(
        share=effect_of(
            customers=whole["mm"],
            single=Voices(n, n, n),
            between=own["mm"] - 2 * share * own["mn"] + share**2 * whole["mm"],
            responses=n * share * (1 - share),
        ),
        mentioned=effect_of(
            customers=own["mm"], single=Voices(m, m, m), between=between, responses=_squares(row)
        ),
        otherwise=effect_of(
            customers=fewer,
            single=Voices(rest["n"], rest["n"], rest["n"]),
            between=others,
            responses=_squares(rest),
        ),
        correlation=correlation_of(both, between, others),
    )


def _squares(row: Row) -> float:
    """Squared deviations of single responses, summed."""
    return float(max(row["xx"] - row["x"] ** 2 / row["n"], 0.0))
