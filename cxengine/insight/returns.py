"""What returns on experience tell, one sentence each, with the part that rests on assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.insight.finding import Finding, certainty, points
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxengine.metrics.interval import Interval
    from cxengine.metrics.rox import Rox


def findings(returns: Sequence[Rox]) -> tuple[Finding, ...]:
    """Every return on experience: how far its tree has come, and what the investment brought."""
    return tuple(_return(tree) for tree in returns)


def _return(tree: Rox) -> Finding:
    """It matters by how far it is from its targets, as far as that is not assumed."""
    parts = []
    if tree.index is not None:
        parts.append(f"{_told(tree.index)} of the way from base (0) to target (1)")
        largest = max(tree.nodes, key=lambda node: node.share)
        if largest.progress is not None and len(tree.nodes) > 1:
            parts.append(f"the heaviest part is {largest.name}, {_told(largest.progress)}")
    else:
        unknown = [node.name for node in tree.nodes if node.progress is None]
        parts.append(f"no index, as nothing is shown of {', '.join(unknown)}")
    if tree.ratio is not None:
        parts.append(f"return on the investment {_told(tree.ratio)}")
    index = tree.index
    sure = 0.0 if index is None else certainty(index.value, index.low, index.high, 1.0)
    return Finding(
        kind="rox",
        model=tree.id,
        subject="",
        segment=ALL,
        text=f"{tree.name}: {'; '.join(parts)}.",
        effect=None if index is None else index.value,
        low=None if index is None else index.low,
        high=None if index is None else index.high,
        n=0,
        matters=0.0 if index is None else points(1 - index.value, 1 - tree.assumed, sure),
        caution=f"{tree.assumed:.0%} of its weights rest on assumption; there is no published formula.",
    )


def _told(found: Interval) -> str:
    return f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]"
