"""Returns on experience on a terminal: how far each tree has come, what it brought, and what is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cxengine.cli.columns import columns
from cxengine.cli.measured import number

if TYPE_CHECKING:
    from cxengine.metrics.interval import Interval
    from cxengine.metrics.rox import Rox

_HEADS = ("return on experience", "index", "95% from", "to", "ratio", "95% from", "to", "assumed")
_RATIO = (4, 5, 6)
"""Columns that are left out where no return has a ratio."""
_DIGITS = 2
"""At least so many after the point: an index is 0 at the bases and 1 at the targets."""


def returns(found: Sequence[Rox]) -> str:
    """A line for every return; below, of each without an index, the nodes of which nothing is shown."""
    if not found:
        return ""
    rated = any(one.ratio is not None for one in found)
    shown = [i for i in range(len(_HEADS)) if rated or i not in _RATIO]
    rows = [
        (one.name, *_told(one.index, "unknown"), *_told(one.ratio, ""), f"{one.assumed:.0%}") for one in found
    ]
    table = columns([_HEADS[i] for i in shown], [[row[i] for i in shown] for row in rows])
    return "\n".join([table, *(_unknown(one) for one in found if one.index is None)])


def _told(interval: Interval | None, nothing: str) -> tuple[str, str, str]:
    from cxengine.rules.wording import decimals

    if interval is None:
        return (nothing, "", "")
    digits = max(_DIGITS, decimals(interval.low, interval.high) or 0)
    value, low, high = (number(v, digits) for v in (interval.value, interval.low, interval.high))
    return (value, low, high)


def _unknown(tree: Rox) -> str:
    nodes = ", ".join(node.name for node in tree.nodes if node.progress is None)
    return f"{tree.name} has no index: nothing is shown of {nodes}."
