"""The weighted sum of criteria, each on a scale with two fixed ends."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import OptionError, Scoring, Term, option


@attrs.frozen(kw_only=True)
class Criterion:
    """One criterion: what is read, and which values count 0 and 1."""

    name: str = option("What people call it.")
    value: str = option("CEL over an initiative's facts.")
    worst: float = option("The value that counts 0; it is the larger one where less is better.")
    best: float = option("The value that counts 1.")
    weight: float | str = option("How much it counts: a number, or CEL over `params`.", default=1.0)


@attrs.frozen(kw_only=True)
class WeightedSumOptions:
    """The criteria."""

    criteria: tuple[Criterion, ...] = option("What counts, and how much.")


class WeightedSum(Scoring):
    """The sum of criteria times weights.

    Each value runs on a straight line from 0 at `worst` to 1 at `best` and beyond. The two ends are written
    down and do not move with the candidates, so one more of them reorders none of the others.
    """

    name = "weighted_sum"
    title = "Weighted sum"
    source = "R. L. Keeney and H. Raiffa, Decisions with Multiple Objectives, 1976"
    Options = WeightedSumOptions

    def __init__(self, options: WeightedSumOptions) -> None:
        super().__init__(options)
        if not options.criteria:
            message = "a weighted sum needs at least one criterion"
            raise OptionError("criteria", Diagnostic("CX519", message))
        for index, one in enumerate(options.criteria):
            if one.worst == one.best:
                message = f"`worst` and `best` of {one.name} are the same: nothing tells values apart"
                raise OptionError(("criteria", index, "best"), Diagnostic("CX519", message))  # type: ignore[arg-type]
            if isinstance(one.weight, float) and one.weight < 0:
                message = f"{one.name} counts less than nothing: exchange its `worst` and its `best` instead"
                raise OptionError(("criteria", index, "weight"), Diagnostic("CX519", message))  # type: ignore[arg-type]

    def terms(self) -> Sequence[Term]:
        """One a criterion."""
        return tuple(_term(index, one) for index, one in enumerate(self.options.criteria))


def _term(index: int, one: Criterion) -> Term:
    value = f"({one.value} - {one.worst!r}) / {one.best - one.worst!r}"
    return Term(name=one.name, value=value, weight=one.weight, path=("criteria", index, "value"), shift=1)
