"""What plugins tell the rules about their expressions: functions, and what metrics can be."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cxengine import cel


@attrs.frozen(eq=False)
class Plugged:
    """`functions` may be called in every expression; `ranges` are the least and greatest value of metrics."""

    functions: tuple[cel.Function, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = attrs.Factory(dict)


NOTHING_PLUGGED = Plugged()
