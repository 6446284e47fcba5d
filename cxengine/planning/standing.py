"""How sure the order of a roadmap is: ranks with intervals, ties, what is worth knowing, what would flip.

Plain values; `cxengine.planning.ranks` finds them, and docs/ranking.md tells how. Points are points of the
roadmap's score.
"""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen
class Standing:
    """Where an item stands in joint draws of everything that is uncertain."""

    median: int
    """Half of the draws put it at this rank or before."""
    low: int
    """The ranks from `low` to `high` hold in 80% of the draws."""
    high: int
    top: float
    """How probably it is among the first, as many as `Sureness.top` says."""
    above_next: float | None
    """How probably it belongs above the item after it; None for the last one."""
    tier: int | None
    """The tier that it is in, counted from 1; None beyond those items of which tiers are made."""


@attrs.frozen
class Tier:
    """Items next to each other of which no two can be told apart with 80% probability."""

    number: int
    items: tuple[str, ...]
    text: str


@attrs.frozen
class Sureness:
    """How sure the order is as a whole."""

    draws: int
    top: int
    """How many items count as the first."""
    items: tuple[str, ...]
    """The items whose pairs `above` tells of, in the order of the roadmap."""
    above: tuple[tuple[float, ...], ...]
    """How probably the item of the row belongs above that of the column; ties count half."""
    expected: float
    """Expected sum of the scores of the first items."""
    regret: float
    """How much more those that turn out to be the best would have, on average: what it costs not to know."""
    text: str


@attrs.frozen
class WorthKnowing:
    """What it would be worth to know something better before choosing the first items."""

    kind: Literal["estimate", "answers", "survey", "segment", "importance"]
    subject: tuple[str, ...]
    """What it is about: initiative and key, touchpoint, signal, or segment."""
    gain: float
    """Expected gain of the choice, in points, when it is known exactly: partial perfect information."""
    error: float
    """Standard error of that, from the draws."""
    answers: int | None
    """As many more answers are considered."""
    gain_by_answers: float | None
    """Expected gain when so many more answers are in: sample information."""
    cost: float | None
    """What that costs: the answers, or a careful estimate; None where nobody said."""
    gain_per_cost: float | None
    """Gain for a thousand of the currency."""
    text: str


@attrs.frozen
class Flip:
    """The smallest change of one number that alters the first three, and the range in which they stand.

    `at` is where they change first; None where nothing within the range that was searched changes them.
    """

    kind: Literal["parameter", "weight", "importance", "segment value", "effort", "change", "input"]
    subject: tuple[str, ...]
    name: str
    now: float
    at: float | None
    least: float | None
    """The first three stand from here; None where nothing smaller changes them."""
    most: float | None
    """They stand up to here; None where nothing greater changes them."""
    passes: str | None
    """The item that comes in, or moves up, at `at`."""
    passed: str | None
    """The item that it passes."""
    text: str
