"""Which of all that a run tests is beyond chance: one procedure over the union of its hypotheses.

Whatever is flagged anywhere (a change, a passed guardrail, a segment that differs, a theme, a gap, a driver)
is a hypothesis that fell: that there is no such thing. Every kind of finding tells the chances of its
hypotheses; all of them together have one cutoff, and each is flagged by `p <= cutoff`. So of all flags of a
run, whatever their kind, at most 5% are expected to be chance, and where nothing is real, at most one run in
twenty shows any flag at all.

Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

FALSE_DISCOVERY_RATE = 0.05
"""Of the hypotheses that a run flags, the share that is expected to be chance, at most."""


@attrs.frozen
class Family:
    """A kind of finding, as a part of the union."""

    kind: str
    tested: int
    """Hypotheses of the kind."""
    flagged: int
    """How many of them fell."""


@attrs.frozen
class Discovery:
    """How all hypotheses of a run were decided together."""

    rate: float = FALSE_DISCOVERY_RATE
    """Of what is flagged, the share that is expected to be chance, at most."""
    tested: int = 0
    """Hypotheses of all kinds: everything that is flagged or might have been."""
    flagged: int = 0
    """How many of them fell."""
    cutoff: float | None = None
    """A hypothesis falls where its chance is at most this; None where none falls."""
    families: tuple[Family, ...] = ()
    """The same by kind of finding."""

    def falls(self, p: float) -> bool:
        """Whether a hypothesis with this chance is among those that fell."""
        return self.cutoff is not None and p <= self.cutoff

    @property
    def level(self) -> float:
        """The level at which single parts are tested of what fell, so that those keep the rate, too.

        Source: Benjamini and Bogomolov, Journal of the Royal Statistical Society B 76 (2014) 297-318.
        """
        return self.rate * max(self.flagged, 1) / max(self.tested, 1)


def discover(chances: Mapping[str, FloatArray], rate: float = FALSE_DISCOVERY_RATE) -> Discovery:
    """Decides all hypotheses of a run; `chances` are theirs by the kind of finding that they are about."""
    least = cutoff(list(chances.values()), rate)
    families = tuple(Family(kind, len(p), int((p <= least).sum())) for kind, p in chances.items() if len(p))
    return Discovery(
        rate=rate,
        tested=sum(one.tested for one in families),
        flagged=sum(one.flagged for one in families),
        cutoff=least if least >= 0 else None,
        families=families,
    )


def cutoff(chances: Sequence[FloatArray], rate: float = FALSE_DISCOVERY_RATE) -> float:
    """The largest chance at which a hypothesis falls, of all that are in some arrays; -1 where none does."""
    ranked = np.sort(np.concatenate([np.zeros(0), *(some[some <= rate] for some in chances)]))
    total = max(sum(map(len, chances)), 1)  # no other than those can pass, but they count
    passed = ranked[ranked <= rate * np.arange(1, len(ranked) + 1) / total]
    return float(passed.max(initial=-1.0))


def adjusted(some: FloatArray, chances: Iterable[FloatArray]) -> FloatArray:
    """For some of the chances of a run, the smallest rate at which each would still be flagged among all.

    Source: Benjamini and Hochberg (1995), as adjusted p-values.
    """
    ranked = np.sort(np.concatenate([np.zeros(0), *chances]))
    rates = np.minimum(ranked * len(ranked) / np.arange(1, len(ranked) + 1), 1.0)
    smallest: FloatArray = np.fmin.accumulate(rates[::-1])[::-1]
    return smallest[np.searchsorted(ranked, some)]
