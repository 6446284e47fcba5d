"""How well backed is what is said of a place: one rule for the map, the report and JSON.

- measured well: worth as many answers as the project asks for without a caution (`privacy.caution_n`), and an
  interval no wider than a quarter of the measure's range (0.5 of an emotion's way from -1 to +1; of a metric
  without ends only the answers count);
- measured thinly: shown, but not well;
- judged: nothing is shown, and the author declared an `emotion`, for everybody;
- none: nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cxengine.metrics.measurement import few

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurement
    from cxengine.project.model import PrivacySettings

EvidenceGrade = Literal["measured well", "measured thinly", "judged", "none"]
WIDEST = 0.25
"""Part of a measure's range that the interval of what is measured well may take."""


def grade_of(
    found: Measurement | None, width: float | None, privacy: PrivacySettings, *, judged: bool = False
) -> EvidenceGrade:
    """The grade of a measurement on a range of that width (None: without ends).

    `judged` says whether an author tells what nobody measured.
    """
    if found is None or found.suppressed:
        return "judged" if judged else "none"
    narrow = width is None or found.high - found.low <= WIDEST * width
    return "measured well" if narrow and not few(found.n_eff, privacy.caution_n) else "measured thinly"
