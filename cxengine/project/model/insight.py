"""The tables of insight: driver models and observed journeys."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import attrs

from cxengine.project.model.key import Estimate, Identifier, key
from cxengine.project.model.planning import Effect


@attrs.frozen(kw_only=True)
class Outcome:
    """What drivers are held against: loyalty, satisfaction as a whole, retention, revenue, returns."""

    signal: Identifier = key("The signal that tells the outcome.", refers="signal")
    touchpoint: Identifier = key(
        "Where it is answered.", refers="touchpoint", also=("journey",), default=Identifier("journey")
    )
    name: str = key("What people call it; the signal's wording by default.", default="")


@attrs.frozen(kw_only=True)
class Driver:
    """A candidate: what may move the outcome."""

    signal: Identifier = key("The signal that tells it.", refers="signal")
    touchpoint: Identifier | None = key(
        "Where it is answered; without it, one driver for every touchpoint where the signal is.",
        refers="touchpoint",
        also=("journey",),
        default=None,
    )
    name: str = key("What people call it; the touchpoint's name by default.", default="")


@attrs.frozen(kw_only=True)
class DriverEdge:
    """What is known from elsewhere about how one driver moves the outcome."""

    signal: Identifier = key("The driver's signal.", refers="signal")
    touchpoint: Identifier = key(
        "The driver's touchpoint.", refers="touchpoint", also=("journey",), default=Identifier("journey")
    )
    effect: Estimate = key("Change of the outcome for one more point of the driver.")
    grade: Literal["assumed", "experimental"] = key("How it is known.")
    source: str = key("Who says so: the experiment, the study, the person who judged.")


@attrs.frozen(kw_only=True)
class FactorName:
    """The name of a factor: it goes to the factor that these drivers load on most."""

    name: str = key("What people call what these drivers have in common.")
    drivers: tuple[str, ...] = key("Ids of drivers, as the findings write them.")


@attrs.frozen(kw_only=True)
class FactorSettings:
    """Which few things lie behind many drivers."""

    number: int | None = key(
        "How many factors; as parallel analysis says by default.", minimum=1, default=None
    )
    extraction: Literal["minres", "ml"] = key(
        "How loadings are found: least squares of the residuals, or maximum likelihood.", default="minres"
    )
    rotation: Literal["none", "varimax", "promax", "oblimin"] = key(
        "How they are turned to be read; factors may correlate after promax and oblimin.", default="oblimin"
    )
    names: tuple[FactorName, ...] = key("Names for factors.", default=())


@attrs.frozen(kw_only=True)
class CrossHair:
    """Where the quadrants of importance and performance meet; at the mean of all drivers by default."""

    importance: float | None = key("Share of all importance.", minimum=0, maximum=1, default=None)
    performance: float | None = key(
        "From 0 (worst end of the scale) to 1 (best).", minimum=0, maximum=1, default=None
    )


@attrs.frozen(kw_only=True)
class DriverModel:
    """What goes with an outcome: candidate drivers held against it, over the same responses or customers.

    It tells what goes together, not what causes what. How to read it: docs/drivers.md.
    """

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("What is asked, and what is known about it.", default="")
    outcome: Outcome = key("What is to be explained.")
    drivers: tuple[Driver, ...] = key("What may explain it.")
    unit: Literal["response", "customer"] = key(
        "Whose values are held against one another: those of one response, or the means of one customer, over"
        " all sources.",
        default="response",
    )
    after: bool = key(
        "With customers: the outcome only counts from after their first answer about a driver.",
        default=False,
    )
    period: Literal["current", "all"] = key(
        "What counts: the project's present, or all evidence.", default="current"
    )
    segments: tuple[Identifier, ...] = key(
        "Segments that are looked at by themselves, too.", refers="segment", default=()
    )
    missing: Literal["pairwise", "listwise"] = key(
        "Where answers are missing: every pair of questions by those who answered both, or only those who"
        " answered everything.",
        default="pairwise",
    )
    method: Literal["lmg", "johnson"] = key(
        "How the explained variance is divided among drivers: mean gain over all orders (LMG, Shapley), or"
        " Johnson's relative weights.",
        default="lmg",
    )
    rows_per_driver: float = key(
        "Refuses to conclude from fewer responses for each driver.", minimum=2, default=15
    )
    leakage: float = key(
        "A driver that correlates this much with the outcome is taken for the outcome in other words.",
        above=0,
        maximum=1,
        default=0.85,
    )
    cross: CrossHair = key("Where quadrants meet.", default=CrossHair())
    factors: FactorSettings | None = key("Looks for factors behind the drivers.", default=None)
    edges: tuple[DriverEdge, ...] = key("What is known from elsewhere, beside what is measured.", default=())
    sets_importance: bool = key(
        "Its importances take the place of those that touchpoints declare; at most one model says so.",
        default=False,
    )


@attrs.frozen(kw_only=True)
class ObservedJourneyTable:
    """Journeys as customers really went, from an event log: each of its events is an answer at a touchpoint.

    The mapping of the log names the case as `response_id` with `repeats = "all"`, and maps its activities to
    touchpoints in `long`. How to read what comes of it: docs/observed-journeys.md.
    """

    id: Identifier = key("Name for references.")
    source: Identifier = key("The event log.", refers="source")
    signal: Identifier = key(
        "The signal that events carry, best their number in the case: it orders events of the same time.",
        refers="signal",
    )
    about: str = key("What is observed, and what the log does not hold.", default="")


@attrs.frozen(kw_only=True)
class MomentSettings:
    """When a touchpoint counts as a moment of truth. How it is reckoned: docs/insight.md.

    A touchpoint is the stronger, the more it matters for loyalty, the more is felt there, good or bad, and
    the more customers meet it.
    """

    top: int | None = key(
        "So many touchpoints, the strongest, are moments of truth; one in five by default.",
        minimum=1,
        default=None,
    )
    probability: float = key(
        "A touchpoint counts as one where it is among them with at least this probability.",
        above=0,
        maximum=1,
        default=0.8,
    )
    decided_by: Literal["declared", "measured", "either"] = key(
        "What rules read as `moment_of_truth`: what touchpoints declare, what is measured (declared where"
        " nothing is), or either of the two. Importance that nobody measured, but judged, decides only with"
        " `measured`.",
        default="either",
    )


@attrs.frozen(kw_only=True)
class DeliveredTable:
    """A change that was made: no initiative any more, but its effects are looked for. See docs/insight.md."""

    id: Identifier = key("Name for references.")
    name: str = key("What people call it.")
    about: str = key("What was done.", default="")
    finished: dt.date = key("The day from which customers had it.")
    effects: tuple[Effect, ...] = key("What it was expected to change.")
    segments: tuple[Identifier, ...] = key("Segments it serves; empty for all.", refers="segment", default=())
