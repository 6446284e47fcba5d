"""Rates of customers and contacts: resolved at first contact, lost, kept, returned, referred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.plugin import Contract, Estimates, Metric, option
from cxengine_standard.metrics.shares import Proportion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]

_YES = {"hits": "count(value > 0.5)"}
_FLAG = (0.0, 1.0)


class AgentResolution(Proportion):
    """First-contact resolution as agents (or the system) note it: the share of contacts marked resolved.

    Limits: agents overstate it. It is another metric than what customers say (`fcr_survey`) and than
    whether they come back (`fcr_repeat`), and the three are never pooled.

    Habits: a target for those who tick the box; calling it what customers experience.

    Example:
        [[signal]]
        id = "resolved"
        wording = "Marked as resolved at first contact"
        scale = { min = 0, max = 1, step = 1 }
        mode = "agent"

        [[metric]]
        id = "fcr"
        use = "fcr_agent"
        signal = "resolved"
    """

    name = "fcr_agent"
    title = "First-contact resolution (as noted by agents)"
    question = "Are they helped, and how fast?"
    counts = "contacts"
    direction = "higher_is_better"
    accepts = Contract(scale=_FLAG, about="transaction", modes=("agent", "system"))
    components = _YES


class SurveyResolution(Proportion):
    """First-contact resolution as customers say it: the share who answer that it was resolved at once.

    Limits: only those who answer are heard, and who is angry may answer more or less often. Never pooled
    with `fcr_agent` or `fcr_repeat`.

    Habits: asking before customers can know whether it is resolved; putting it beside figures of agents
    or of systems as if they were one.

    Example:
        [[signal]]
        id = "resolved"
        wording = "Was your issue resolved the first time you contacted us?"
        scale = { min = 0, max = 1, step = 1 }
        mode = "web"

        [[metric]]
        id = "fcr"
        use = "fcr_survey"
        signal = "resolved"
    """

    name = "fcr_survey"
    title = "First-contact resolution (as customers say)"
    question = "Are they helped, and how fast?"
    direction = "higher_is_better"
    accepts = Contract(
        scale=_FLAG,
        about="transaction",
        modes=("web", "e-mail", "telephone", "paper", "kiosk", "app", "survey"),
    )
    components = _YES


class RepeatResolution(Metric):
    """First-contact resolution by what customers do: nobody comes back about it within some days.

    Formula: 100 * kept / old: `old` are the contacts that count as resolved (value 1; every contact,
    where the signal is a plain record) and are at least `within` days old, `kept` those of them after
    which the same customer had no other contact at the same touchpoint within so many days.

    Interval: Wilson's, on contacts that are old enough; draws come from the Beta posterior under
    Jeffreys' prior.

    Limits: any contact at the same touchpoint counts as a repeat: map issues of different kinds to
    different touchpoints or signals. Contacts of unknown customers or moments never count, younger ones
    not yet. The history of each customer is found by a window over all answers to the signal.

    Source: interval: Wilson, JASA 22 (1927) 209-212.

    Habits: a window that is shorter than customers' patience; counting those who gave up as resolved,
    which it does: look at churn beside it.

    Example:
        [[signal]]
        id = "contact"
        wording = "A contact with support"
        mode = "system"

        [[metric]]
        id = "fcr"
        use = "fcr_repeat"
        signal = "contact"
        options = { within = 7 }

        [[source]]
        id = "tickets"
        kind = "ticket"
        options = { path = "tickets.csv" }

        [source.mapping]
        response_id = "ticket"
        customer_id = "customer"
        occurred_at = "opened"
        long = { value = "one", signal = { value = "contact" }, touchpoint = { value = "visit" } }
    """

    name = "fcr_repeat"
    title = "First-contact resolution (nobody came back)"
    question = "Are they helped, and how fast?"
    counts = "contacts that are old enough and count as resolved"
    unit = "%"
    direction = "higher_is_better"
    accepts = Contract(about="transaction")
    components = {  # noqa: RUF012 - never changed
        "old": "count(value > 0.5 && age >= options.within)",
        "kept": "count(value > 0.5 && age >= options.within"
        " && (next_after == null || next_after > options.within))",
    }

    @attrs.frozen(kw_only=True)
    class Options:
        """What coming back is."""

        within: float = option("Days in which another contact counts as a repeat.", above=0, default=7.0)

    @classmethod
    def refuses(cls, signal: Signal, options: Any) -> str | None:
        """A signal of contacts; where it declares a window, that is the one."""
        if signal.window not in (None, options.within):
            return (
                f"fcr_repeat counts repeats within {options.within:g} days, and {signal.id!r} declares a"
                f" window of {signal.window:g}; write `options = {{ within = {signal.window:g} }}`"
            )
        return super().refuses(signal, options)

    @property
    def wants(self) -> str:
        """Contacts of which it is known whether somebody came back."""
        return f"contacts of known customers that are at least {self.options.within:g} days old"

    def range(self) -> tuple[float, float]:
        """All come back to nobody does."""
        return 0.0, 100.0

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The share with its Wilson interval, on contacts that are old enough."""
        from cxengine.plugin import intervals

        share, n = self._share(components)
        low, high = intervals.wilson(share, n)
        old = intervals.ratio(components["old"], components["w"])
        return Estimates(100 * share, 100 * low, 100 * high, (old * components["n"]).round())

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws from the Beta posterior."""
        from cxengine.plugin import intervals

        return 100 * intervals.beta_draws(*self._share(components), rng, size)

    def _share(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """The share, and how many answers it is worth."""
        from cxengine.plugin import intervals

        effective = intervals.effective_n(components["w"], components["w2"])
        old = intervals.ratio(components["old"], components["w"])
        return intervals.ratio(components["kept"], components["old"]), effective * old


class Churn(Proportion):
    """Customers lost over customers at the start: the signal is 1 for each who left in the period, else 0.

    Formula: 100 * lost / customers at the start.

    Limits: a rate of one fixed period (declare the signal's `window`). Where customers were watched for
    different times, use `survival`.

    Habits: customers who came within the period below the line; monthly rates times twelve (a month of
    5% is 46% a year, not 60%); counting silence as leaving where nothing is cancelled.

    Example:
        [[signal]]
        id = "left"
        wording = "Left within the quarter"
        scale = { min = 0, max = 1, step = 1 }
        about = "relationship"
        direction = "lower_is_better"
        window = 90

        [[metric]]
        id = "churn"
        use = "churn"
        signal = "left"
        target = 5
    """

    name = "churn"
    title = "Churn"
    question = "Do they stay, and do they bring others?"
    counts = "customers at the start"
    direction = "lower_is_better"
    accepts = Contract(scale=_FLAG, about="relationship", direction="lower_is_better", window="declared")
    components = _YES


class Retention(Proportion):
    """Customers kept over customers at the start; the signal is that of `churn`: 1 for each who left.

    Formula: 100 * (customers at the start - lost) / customers at the start.

    Limits: a rate of one fixed period (declare the signal's `window`). Where customers were watched for
    different times, use `survival`.

    Habits: counting those who came within the period, which can make it more than 100%.

    Example:
        [[signal]]
        id = "left"
        wording = "Left within the quarter"
        scale = { min = 0, max = 1, step = 1 }
        about = "relationship"
        direction = "lower_is_better"
        window = 90

        [[metric]]
        id = "retention"
        use = "retention"
        signal = "left"
    """

    name = "retention"
    title = "Retention"
    question = "Do they stay, and do they bring others?"
    counts = "customers at the start"
    direction = "higher_is_better"
    accepts = Contract(scale=_FLAG, about="relationship", direction="lower_is_better", window="declared")
    components = {"hits": "count(value <= 0.5)"}  # noqa: RUF012 - never changed


class Returns(Proportion):
    """Share of orders (or articles) that came back: the signal is 1 for each that did, else 0.

    Limits: orders that may still come back count as kept: leave out those younger than the time to
    return.

    Habits: returns of this month over orders of this month, which are other orders.

    Example:
        [[signal]]
        id = "returned"
        wording = "Came back"
        scale = { min = 0, max = 1, step = 1 }
        direction = "lower_is_better"

        [[metric]]
        id = "returns"
        use = "returns"
        signal = "returned"
    """

    name = "returns"
    title = "Return rate"
    question = "What do they buy and use, and does it pay?"
    counts = "orders (or articles)"
    direction = "lower_is_better"
    accepts = Contract(scale=_FLAG, direction="lower_is_better")
    components = _YES


class Referrals(Proportion):
    """Share of new customers who came because somebody recommended us: 1 for each who did, else 0.

    Limits: what customers say of why they came; what they bring is `earned_growth`.

    Habits: the wish to recommend (`nps`) in place of those who came.

    Example:
        [[signal]]
        id = "referred"
        wording = "Came because somebody recommended us"
        scale = { min = 0, max = 1, step = 1 }

        [[metric]]
        id = "referrals"
        use = "referrals"
        signal = "referred"
    """

    name = "referrals"
    title = "Referral rate"
    question = "Do they stay, and do they bring others?"
    counts = "new customers who say why they came"
    direction = "higher_is_better"
    accepts = Contract(scale=_FLAG, direction="higher_is_better")
    components = _YES
