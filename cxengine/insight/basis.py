"""What feelings were computed from: kept with them, so that nothing has to be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxengine.insight.moments import Moments
    from cxengine.insight.voices import Heard, Place


@attrs.frozen(eq=False)
class Basis:
    """Sums over answers and distinct responses, by touchpoint and segment, hidden cells too.

    Not to be shown: which of them may be told of, feelings say.
    """

    sums: Mapping[tuple[str, str], Moments]
    heard: Mapping[Place, Heard]
