"""What plugins tell the rules: functions for expressions, what metrics can be, how initiatives are scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine import cel

if TYPE_CHECKING:
    from cxengine.plugin import Scoring
    from cxengine.project import Loaded


@attrs.frozen(eq=False)
class Plugged:
    """`functions` may be called in every expression; `ranges` are the least and greatest value of metrics.

    `scoring` is the method by which initiatives are scored; None where the author wrote a formula.
    """

    functions: tuple[cel.Function, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = attrs.Factory(dict)
    scoring: Scoring | None = None


NOTHING_PLUGGED = Plugged()


def plugged(loaded: Loaded) -> Plugged:
    """What the plugins of a project bring."""
    ranges = {name: metric.range() for name, metric in loaded.metrics.items()}
    method = loaded.uses.get(("scoring", "use"))
    return Plugged(loaded.registry.functions, ranges, method.make() if method else None)
