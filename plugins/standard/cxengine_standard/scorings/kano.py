"""Kano: what its presence would please and its absence annoy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import Input, OptionError, Scoring, Term, option

TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
"""The evaluation table: rows are answers if it is there (I like it, must be, neutral, can live with it,
dislike), columns those if it is not. A attractive, O one-dimensional, M must-be, I indifferent, R reverse,
Q questionable."""

CATEGORIES: Mapping[str, tuple[float, float]] = {
    "attractive": (1.0, 0.0),
    "one-dimensional": (1.0, -1.0),
    "must-be": (0.0, -1.0),
    "indifferent": (0.0, 0.0),
}
"""Better and worse where everybody answers so."""

Z = 1.959963984540054
Numbers = tuple[float, float, float]
"""Low, likely, high."""


@attrs.frozen(kw_only=True)
class KanoOptions:
    """How much pleasing counts beside not annoying."""

    better: float = option("Weight of what its presence pleases.", minimum=0, default=1.0)
    worse: float = option("Weight of what its absence annoys.", minimum=0, default=1.0)


class Kano(Scoring):
    """Better - worse: by how much customers are more satisfied with it than without it.

    `kano_answers` are 5 lists of 5 counts: of customers who answered the functional question (row: I like
    it, it must be that way, I am neutral, I can live with it, I dislike it) and the dysfunctional one
    (column). Better is (A + O) / (A + O + M + I), worse -(O + M) / (A + O + M + I), with 95% Wilson
    intervals. Where nobody was asked, the input `kano` is the category.
    """

    name = "kano"
    title = "Kano"
    source = (
        "N. Kano et al., Attractive quality and must-be quality, 1984; better and worse: M. Timko in"
        " C. Berger et al., Kano's methods for understanding customer-defined quality, 1993"
    )
    Options = KanoOptions
    inputs = MappingProxyType(
        {
            "kano": Input(about="The category that it belongs to.", choices=tuple(CATEGORIES)),
            "kano_answers": Input(about="Counts of answers, functional by dysfunctional.", counts=(5, 5)),
        }
    )
    digested = MappingProxyType(
        {
            "better": Input(about="Share of customers whom it would please", scale=(0, 1)),
            "worse": Input(about="Share of customers whom its absence annoys, negative", scale=(-1, 0)),
        }
    )

    def digest(self, given: Mapping[str, Any]) -> Mapping[str, Numbers]:
        """Better and worse, of the answers or else of the category; nothing where neither is given."""
        if "kano_answers" in given:
            return _of_answers(given["kano_answers"])
        if "kano" not in given:
            return {}
        better, worse = CATEGORIES[given["kano"]]
        return {"better": (better, better, better), "worse": (worse, worse, worse)}

    def terms(self) -> Sequence[Term]:
        """Both add."""
        return (
            Term(name="better", value="inputs.better.likely", weight=float(self.options.better)),
            Term(name="worse", value="0.0 - inputs.worse.likely", weight=float(self.options.worse)),
        )


def _of_answers(answers: Sequence[Sequence[int]]) -> Mapping[str, Numbers]:
    counts = dict.fromkeys("AOMIRQ", 0)
    for row, codes in zip(answers, TABLE, strict=True):
        for count, code in zip(row, codes, strict=True):
            counts[code] += count
    n = counts["A"] + counts["O"] + counts["M"] + counts["I"]
    if not n:
        message = "no answer says whether it would please or annoy"
        raise OptionError("kano_answers", Diagnostic("CX192", message))
    low, better, high = _wilson(counts["A"] + counts["O"], n)
    least, worse, most = _wilson(counts["O"] + counts["M"], n)
    return {"better": (low, better, high), "worse": (-most, -worse, -least)}


def _wilson(k: int, n: int) -> tuple[float, float, float]:
    """A share and its 95% score interval (Wilson 1927)."""
    share, z2 = k / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * (share * (1 - share) / n + z2 / (4 * n * n)) ** 0.5
    return min(max(middle - half, 0.0), share), share, max(min(middle + half, 1.0), share)
