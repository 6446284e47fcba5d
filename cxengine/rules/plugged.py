"""What plugins tell the rules about their expressions: functions, and what metrics can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine import cel

if TYPE_CHECKING:
    from cxengine.project import Loaded


@attrs.frozen(eq=False)
class Plugged:
    """`functions` may be called in every expression; `ranges` are the least and greatest value of metrics."""

    functions: tuple[cel.Function, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = attrs.Factory(dict)


NOTHING_PLUGGED = Plugged()


def plugged(loaded: Loaded) -> Plugged:
    """What the plugins of a project bring."""
    signals = {signal.id: signal for signal in loaded.project.signals}
    ranges = {}
    for table in loaded.project.metrics:
        use = loaded.uses["metric", table.id]
        ranges[str(table.id)] = use.make(signals[table.signal]).range()
    return Plugged(loaded.registry.functions, ranges)
