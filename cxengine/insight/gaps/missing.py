"""Touchpoints that customers meet and the map lacks: names in the evidence that are no touchpoint of it.

Rows that name such a touchpoint are quarantined when they are read; here they are counted by name. A name
that fewer rows give than the privacy threshold is only counted, with all others of its kind.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cxengine.insight.gaps.gap import MissingTouchpoint

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.project.model import Project

_REASON = "names no touchpoint of the project"


def missing_touchpoints(project: Project, evidence: Evidence) -> tuple[tuple[MissingTouchpoint, ...], int]:
    """The names that may be told, the most frequent first; and how many rows give others."""
    import pyarrow.compute as pc

    table = evidence.quarantine
    if not table.num_rows:
        return (), 0
    found = table.filter(pc.equal(table["reason"], _REASON))
    read = {account.source: account.rows_read for account in evidence.accounts}
    named = Counter(zip(found["source"].to_pylist(), found["value"].to_pylist(), strict=True))
    told = [
        MissingTouchpoint(source, " ".join(name.split()), times, times / read[source])
        for (source, name), times in named.items()
        if name is not None and name.strip() and times >= project.privacy.minimum_n
    ]
    rest = sum(named.values()) - sum(one.times for one in told)
    return tuple(sorted(told, key=lambda one: (-one.times, one.source, one.name))), rest
