"""Whether there is enough to conclude from, and whether it fits together."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from cxengine.insight.drivers.correlation import REPAIRABLE, Repair, repaired
from cxengine.insight.drivers.question import Question, Refused
from cxengine.insight.drivers.silence import rounded
from cxengine.insight.drivers.wide import BLOCKS

if TYPE_CHECKING:
    import numpy.typing as npt

    from cxengine.insight.drivers.sums import Sums

    FloatArray = npt.NDArray[np.float64]

_UNITS = {"row": "responses", "response": "responses", "customer": "customers"}


def enough(question: Question, sums: Sums, least: int) -> int:
    """The rows behind the pair of questions that has the fewest.

    Weighted rows count as many as Kish's effective number of them. `least` is what privacy asks for, also of
    persons.

    Raises:
        Refused: there are fewer than the model wants for its drivers, or they are of too few persons; the
            message tells how many it takes.
    """
    answers = sums.answers()
    p = len(question.drivers)
    i, j = np.unravel_index(int(answers.argmin()), answers.shape)
    n, share = int(answers[i, j]), sums.evenness()
    needed = max(ceil(question.model.rows_per_driver * p), least)
    if n * share >= needed:
        if _fewest_persons(sums) < min(least, BLOCKS // 2):
            raise Refused(f"its answers are of too few people: nothing is told of fewer than {least}")
        return n
    units = _UNITS[question.unit]
    one, other = question.columns[int(i)], question.columns[int(j)]
    who = f"have an answer about {one.id}" if i == j else f"have answers about both {one.id} and {other.id}"
    if question.model.missing == "listwise":
        who = "have answers to everything"
    told = f"fewer than {least}" if 0 < n < least else f"{rounded(n, least)}"
    weighted = f", as good as {rounded(round(n * share), least)} by their weights," if share < 1 else ""
    each = f"{question.model.rows_per_driver:g} for each"
    raise Refused(
        f"{told} {units}{weighted} {who}; {p} drivers need {needed} ({each}): leave out drivers that few"
        " answer, or wait for more answers"
    )


def _fewest_persons(sums: Sums) -> int:
    """At least how many persons are behind every pair: each is in one block with all that they said."""
    return int((sums.n > 0).sum(axis=0).min())


def fitting(question: Question, total: Sums) -> Repair:
    """The correlations of a question, moved as little as makes them possible together.

    Raises:
        Refused: something does not vary among those who answered a pair, or the answers of different people
            do not fit together.
    """
    found = total.correlations()[0]
    if np.isnan(found).any():
        i, j = np.argwhere(np.isnan(found))[0]
        one, other = question.columns[int(i)].id, question.columns[int(j)].id
        raise Refused(f"among those who answered about {one} and {other}, one of the two does not vary")
    repair = repaired(found)
    if repair.moved > REPAIRABLE:
        raise Refused(
            "its pairs of questions were answered by people so different that their correlations do not fit"
            f" together: one would have to move by {repair.moved:.2f}; leave out drivers that few answer, or"
            ' say missing = "listwise"'
        )
    return repair
