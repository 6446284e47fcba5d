"""Times until something happens, of which some have not happened yet: responses, resolutions, departures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal
    from cxengine_standard.metrics.curves import Curves

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_COMPONENTS = {"ended": "log_histogram(!censored)", "open": "log_histogram(censored)"}


def _curves(components: Mapping[str, Any]) -> Curves:
    """The survival curve of every cell."""
    from cxengine.plugin import intervals
    from cxengine_standard.metrics.curves import kaplan_meier

    effective = intervals.effective_n(components["w"], components["w2"])
    precision = intervals.ratio(effective, components["w"])
    return kaplan_meier(components["ended"], components["open"], precision)


class _Quantile(Metric):
    """The time by which a share has come to its end.

    Formula: the first time at which Kaplan and Meier's estimate of what still lasts, the product of 1 -
    ended / at risk over the times so far, is at most 1 - `quantile`.

    Interval: the times at which the estimate is not significantly off that share, on the log-log scale;
    where all have ended, the last time is an upper limit if as many would hardly all have ended before the
    quantile (order statistics). Infinite above where too few have ended to tell, and then the lower limit
    misses in 4% of samples instead of 2.5%, as the upper one never does. Guardrails, gaps and changes do not
    read chances off the interval, as many cases may take equally long: whether a quantile is beyond a time
    is told by how many last longer than that, which has a binomial chance.

    Limits: what is still open counts as lasting at least until observation ended (`open_until` or
    `censored` in the mapping), so that slow cases are not left out because they are slow. Where fewer
    than the share have ended, there is no value. Times are exact to 0.5%: a value is the roundest number of a
    bin of that width, so that whole hours or days up to 200, and tenths up to 20, are told as they are.
    Everybody counts from the beginning: of cases that had begun before they were watched, the quick ones are
    missing.

    Source: Kaplan, Meier, JASA 53 (1958) 457-481; interval: Brookmeyer, Crowley, Biometrics 38 (1982)
    29-41; chances with open cases: Dorey, Korn, Statistics in Medicine 6 (1987) 679-687.
    """

    direction = "lower_is_better"
    accepts = Contract(times=True)
    components = _COMPONENTS

    @attrs.frozen(kw_only=True)
    class Options:
        """Which time is told."""

        quantile: float = option(
            "The share that has ended by then: 0.5 for the median, 0.9 for the slowest tenth.",
            above=0,
            maximum=0.99,
            default=0.5,
        )

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit = signal.unit

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """A signal of which less is better, in times from 0 on."""
        if signal.direction != "lower_is_better":
            return f'{cls.name} needs a signal of which less is better; write `direction = "lower_is_better"`'
        return super().refuses(signal, options)

    @property
    def wants(self) -> str:
        """As many as the quantile asks for."""
        return f"{100 * self.options.quantile:g}% to have ended while they were watched"

    def range(self) -> tuple[float, float]:
        """At once to never; never longer than the scale, where there is one."""
        scale = self.signal.scale
        return 0.0, scale.max if scale else float("inf")

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """The quantile with its interval."""
        from cxengine_standard.metrics.curves import quantile

        return Estimates(*quantile(_curves(components), self.options.quantile))

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws whose quantiles are those of the interval; infinite where the time is unknown."""
        from cxengine_standard.metrics.curves import quantile_draws

        return quantile_draws(_curves(components), self.options.quantile, rng, size)

    def chances(self, components: Mapping[str, Any], limits: FloatArray, side: int) -> FloatArray:
        """That so many last longer than a limit, or so few."""
        from cxengine_standard.metrics.curves import quantile_chances

        return quantile_chances(_curves(components), self.options.quantile, limits, side)

    def chances_between(self, components: Mapping[str, Any], ones: IntArray, others: IntArray) -> FloatArray:
        """How far both cells are from the time that agrees best with both."""
        from cxengine_standard.metrics.curves import quantile_differences

        return quantile_differences(_curves(components), self.options.quantile, ones, others)


class ResponseTime(_Quantile):
    """Time until somebody answered: the first response to a ticket, a call, a chat.

    The mapping takes the time from two columns, in business hours where its `calendar` says so.

    Accepts: any time from 0 on of which less is better; what is below 0 is quarantined (CX230).

    Habits: the mean of closed cases, which leaves out the slowest as long as they are open and lets a
    few decide; a median alone, where the slowest tenth is what hurts; stopping the clock while the
    customer waits.

    Example:
        [[signal]]
        id = "first_reply"
        wording = "Time until the first reply"
        unit = "hours"
        direction = "lower_is_better"

        [[metric]]
        id = "reply"
        use = "response_time"
        signal = "first_reply"
        target = 4

        [[source]]
        id = "tickets"
        kind = "ticket"
        options = { path = "tickets.csv" }

        [source.mapping]
        response_id = "ticket"
        occurred_at = "opened"
        durations = { hours = { start = "opened", end = "replied", open_until = 2024-12-31 } }

        [[source.mapping.signals]]
        signal = "first_reply"
        columns = { hours = "visit" }
    """

    name = "response_time"
    title = "Response time"
    question = "Are they helped, and how fast?"
    counts = "cases, the open ones too"


class ResolutionTime(_Quantile):
    """Time until it was resolved.

    The mapping takes the time from two columns, in business hours where its `calendar` says so; it
    decides whether a case that was opened again ends the first or the last time (`repeats`).

    Accepts: any time from 0 on of which less is better; what is below 0 is quarantined (CX230).

    Habits: the mean of closed cases, which leaves out the slowest as long as they are open and lets a
    few decide; a median alone, where the slowest tenth is what hurts; stopping the clock while the
    customer waits.

    Example:
        [[signal]]
        id = "resolving"
        wording = "Time until it was resolved"
        unit = "hours"
        direction = "lower_is_better"

        [[metric]]
        id = "slowest"
        use = "resolution_time"
        signal = "resolving"
        options = { quantile = 0.9 }

        [[source]]
        id = "tickets"
        kind = "ticket"
        options = { path = "tickets.csv" }

        [source.mapping]
        response_id = "ticket"
        occurred_at = "opened"
        durations = { hours = { start = "opened", end = "resolved", open_until = 2024-12-31 } }

        [[source.mapping.signals]]
        signal = "resolving"
        columns = { hours = "visit" }
    """

    name = "resolution_time"
    title = "Resolution time"
    question = "Are they helped, and how fast?"
    counts = "cases, the open ones too"


class _AtHorizon(Metric):
    """A share at a point in time.

    Formula: 100 * the product of 1 - ended / at risk over the times up to `horizon` (Kaplan and Meier).

    Interval: Greenwood's error on the log-log scale; Wilson's where nothing or everything has ended, of those
    who were watched so long, or of as many as would have left so many at risk at last (Peto).

    Limits: leaving is taken as independent of being watched no longer. Nothing is said of a horizon that
    nobody was watched for. What ended by the horizon is counted exactly, other times are exact to 0.5%.
    Everybody counts from the beginning (there is no time of entry): of those who had begun before they were
    watched, who left soon is missing, and too many seem to stay. Take all who ever began: of those alone who
    were there in the last year, 90% instead of 70% seemed to stay a year where 3% leave a month.

    Source: Kaplan, Meier, JASA 53 (1958) 457-481; Greenwood (1926); Kalbfleisch, Prentice (1980); Peto and
    others, British Journal of Cancer 35 (1977) 1-39.
    """

    unit = "%"
    accepts = Contract(times=True)
    lasting: bool
    """Whether the share is of those that last, or of those that have ended."""

    @attrs.frozen(kw_only=True)
    class Options:
        """When to look."""

        horizon: float = option("The point in time, in the unit of the signal.", above=0)

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        from cxengine.plugin.distribution import end_of_bin

        horizon = float(options.horizon)
        late = f"!censored && value > {horizon!r} && value < {end_of_bin(horizon)!r}"
        self.components = {**_COMPONENTS, "late": f"count({late})"}

    def _curves(self, components: Mapping[str, Any]) -> Curves:
        """The survival curve of every cell, in which what ended just after the horizon is not before it."""
        from cxengine_standard.metrics.curves import after

        ended = after(components["ended"], self.options.horizon, components["late"])
        return _curves({**components, "ended": ended})

    @property
    def wants(self) -> str:
        """Somebody who was watched so long."""
        return f"some that were watched for {self.options.horizon:g} {self.signal.unit}".rstrip()

    def range(self) -> tuple[float, float]:
        """None to all."""
        return 0.0, 100.0

    def measure(self, components: Mapping[str, Any]) -> Estimates:
        """The share with its interval."""
        from cxengine_standard.metrics.curves import at_horizon

        value, low, high = (
            100 * share for share in at_horizon(self._curves(components), self.options.horizon)
        )
        return Estimates(value, low, high) if self.lasting else Estimates(100 - value, 100 - high, 100 - low)

    def draw(self, components: Mapping[str, Any], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws on the log-log scale; from Jeffreys' posterior where that has no error."""
        from cxengine_standard.metrics.curves import horizon_draws

        drawn = 100 * horizon_draws(self._curves(components), self.options.horizon, rng, size)
        return drawn if self.lasting else 100 - drawn


class Survival(_AtHorizon):
    """Share of customers who are still with us after some time.

    The signal is the time that each has been there; the mapping says of which it has not ended
    (`censored`).

    Accepts: any time from 0 on; what is below 0 is quarantined (CX230).

    Habits: the share of those who left among all who ever came, whose young ones had no time to leave;
    reading far beyond the time that most were watched.

    Example:
        [[signal]]
        id = "tenure"
        wording = "Months with us"
        unit = "months"
        about = "relationship"

        [[metric]]
        id = "a_year"
        use = "survival"
        signal = "tenure"
        options = { horizon = 12 }

        [[source]]
        id = "customers"
        kind = "behaviour"
        options = { path = "customers.csv" }

        [source.mapping]
        response_id = "customer"
        censored = { months = { column = "gone", recode = { yes = false, no = true }, type = "boolean" } }

        [[source.mapping.signals]]
        signal = "tenure"
        columns = { months = "journey" }
    """

    name = "survival"
    title = "Retention after a time"
    question = "Do they stay, and do they bring others?"
    counts = "customers, those still there too"
    direction = "higher_is_better"
    lasting = True


class ResolvedWithin(_AtHorizon):
    """Share that is resolved (or answered) within some time; open ones count as far as they were watched.

    Formula: 100 * (1 - the product of 1 - ended / at risk over the times up to `horizon`) (Kaplan and
    Meier).

    Accepts: any time from 0 on; what is below 0 is quarantined (CX230).

    Habits: cases left out because they are open; a deadline that is met by closing and opening again:
    let the mapping count the last time (`repeats`).

    Example:
        [[signal]]
        id = "resolving"
        wording = "Time until it was resolved"
        unit = "hours"
        direction = "lower_is_better"

        [[metric]]
        id = "sla"
        use = "resolved_within"
        signal = "resolving"
        options = { horizon = 24 }
        target = 90
    """

    name = "resolved_within"
    title = "Resolved in time"
    question = "Are they helped, and how fast?"
    counts = "cases, the open ones too"
    direction = "higher_is_better"
    lasting = False
