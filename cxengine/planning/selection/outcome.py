"""What was chosen within which limits, how good that is, and what every limit costs; it is published."""

from __future__ import annotations

from typing import Literal

import attrs

LimitKind = Literal["budget", "exclusion", "bundle", "quota", "must", "requires"]


@attrs.frozen
class BudgetUse:
    """A budget, how much of it the chosen initiatives use, and which do."""

    id: str
    name: str
    unit: Literal["money", "person-weeks"]
    team: str | None
    area: str | None
    limit: float
    used: float
    items: tuple[str, ...]
    """Those that use it, the most worth first."""


@attrs.frozen
class Price:
    """What it costs to keep a limit: how much more could be had without it.

    `how` says whether that was found by choosing again without the limit, or bounded from above by what
    parts of initiatives could bring (the linear relaxation): then the price is at most this.
    """

    id: str
    kind: LimitKind
    name: str
    price: float
    how: Literal["chosen again", "bound"]
    per_unit: float | None = None
    """Of a budget: what a little more of it would bring, by the unit (the dual value of the relaxation)."""


@attrs.frozen
class Choice:
    """A candidate that could have been chosen: what it is worth, what it takes, and whether it was."""

    id: str
    name: str
    worth: float
    money: float
    weeks: float
    """Expected effort in person-weeks."""
    team: str | None
    area: str | None
    tags: tuple[str, ...]
    requires: tuple[str, ...]
    must: bool
    chosen: bool


@attrs.frozen
class Selection:
    """The chosen set: its value, the bound that no set exceeds, and what part of the value lies between."""

    value: float
    bound: float
    gap: float
    optimal: bool
    """Whether the gap is within what the project asks for."""
    steps: int
    """Branch-and-bound nodes that the search took."""
    budgets: tuple[BudgetUse, ...]
    prices: tuple[Price, ...]
    """Of every limit but what initiatives require, which is no limit that one could drop."""
    choices: tuple[Choice, ...]
    """Every candidate, in the order of rank."""
