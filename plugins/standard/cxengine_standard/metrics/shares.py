"""Shares of answers: top-two-box satisfaction, and the share that meets any condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic
from cxengine.plugin import Estimates, Metric, OptionError, option

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]


class Proportion(Metric):
    """A share in percent; `components` must say which answers are `hits`.

    Formula: 100 * hits / n.

    Interval: Wilson's; draws come from the Beta posterior under Jeffreys' prior.

    Limits: it tells of those who answered; nobody knows of the others.

    Source: interval: Wilson, JASA 22 (1927) 209-212.
    """

    unit = "%"
    answers = "share"

    def range(self) -> tuple[float, float]:
        """Nobody to everybody."""
        return 0.0, 100.0

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The share with its Wilson interval."""
        from cxengine.plugin import intervals

        share = intervals.ratio(components["hits"], components["w"])
        n = intervals.effective_n(components["w"], components["w2"])
        low, high = intervals.wilson(share, n)
        return Estimates(100 * share, 100 * low, 100 * high)

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws from the Beta posterior."""
        from cxengine.plugin import intervals

        share = intervals.ratio(components["hits"], components["w"])
        n = intervals.effective_n(components["w"], components["w2"])
        return 100 * intervals.beta_draws(share, n, rng, size)


class TopTwoBox(Proportion):
    """CSAT as the industry counts it: the share of answers on the two best points of the scale.

    Limits: two of five points are another share than two of ten; compare only the same scale. The
    direction of the signal says which points are best.

    Accepts: a scale of at least three points in declared steps; the direction says which two are best.

    Habits: shares of five-point and ten-point scales side by side; calling the rest dissatisfied. It
    leaves out how far from the top the others are, so that it needs more answers than the mean to find
    the same difference.

    Example:
        [[signal]]
        id = "satisfaction"
        wording = "How satisfied were you?"
        scale = { min = 1, max = 5, step = 1 }

        [[metric]]
        id = "csat"
        use = "csat_t2b"
        signal = "satisfaction"
        target = 80
    """

    name = "csat_t2b"
    title = "Customer satisfaction (top two boxes)"
    question = "How do customers feel?"
    direction = "higher_is_better"

    def __init__(self, options: Any, signal: Signal) -> None:
        super().__init__(options, signal)
        scale = signal.scale
        assert scale is not None
        assert scale.step is not None
        reach = 1.5 * scale.step  # between the second and the third point: no rounding matters
        best_is_high = signal.direction == "higher_is_better"
        condition = f"value > {scale.max - reach!r}" if best_is_high else f"value < {scale.min + reach!r}"
        self.components = {"hits": f"count({condition})"}

    @classmethod
    def refuses(cls, signal: Signal, options: Any) -> str | None:
        """Only a scale of at least three declared points has two best ones."""
        del options
        scale = signal.scale
        if scale is None or scale.step is None or scale.max - scale.min < 1.5 * scale.step:
            return (
                f"csat_t2b needs a scale of at least three points, and {signal.id!r} does not declare one;"
                " declare `scale = { min = 1, max = 5, step = 1 }`, or use share with `at_least`"
            )
        return None


class Share(Proportion):
    """Share of the answers that meet a condition, in percent.

    Accepts: any answer; a limit must lie on the scale, and a condition be CEL over the answer.

    Habits: choosing the limit after a look at the answers.

    Example:
        [[signal]]
        id = "satisfaction"
        wording = "How satisfied were you?"
        scale = { min = 1, max = 5, step = 1 }

        [[metric]]
        id = "unhappy"
        use = "share"
        signal = "satisfaction"
        options = { at_most = 2, direction = "lower_is_better" }
    """

    name = "share"
    title = "Share of answers"
    question = "Anything else"

    @attrs.frozen(kw_only=True)
    class Options:
        """Which answers count."""

        where: str = option("CEL condition over `value` and `scale`; this or a limit.", default="")
        at_least: float | None = option("The smallest value that counts.", default=None)
        at_most: float | None = option("The largest value that counts.", default=None)
        direction: Literal["higher_is_better", "lower_is_better"] = option(
            "Whether a large share is good.", default="higher_is_better"
        )

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.direction = options.direction
        limits = ((">=", options.at_least), ("<=", options.at_most))
        within = (f"value {sign} {float(limit)!r}" for sign, limit in limits if limit is not None)
        self.components = {"hits": f"count({options.where or ' && '.join(within)})"}

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """Either `where` or limits; `where` must be a condition over the answer, limits lie on its scale.

        Raises:
            OptionError: a limit that no answer, or every answer, keeps.
        """
        limited = options.at_least is not None or options.at_most is not None
        if bool(options.where) == limited:
            return "share needs either `where`, or `at_least` or `at_most`; write one of them"
        if limited:
            return _idle_limit(signal, options)
        point = cel.record({"min": cel.DOUBLE, "max": cel.DOUBLE, "middle": cel.DOUBLE})
        facts: dict[str, Any] = {"value": cel.DOUBLE} | ({"scale": point} if signal.scale else {})
        try:
            cel.Environment(variables=facts).compile(options.where, result=cel.BOOL)
        except cel.CelError as error:
            found = error.diagnostics[0]
            hint = f"; {found.hint}" if found.hint else ""
            return f"`where` is not a condition over the answer: {found.message}{hint}"
        return None


def _idle_limit(signal: Signal, options: Share.Options) -> str | None:
    """Why limits leave no answer; None when they leave some.

    Raises:
        OptionError: one of them does so alone, or leaves every answer of the scale.
    """
    least, most = options.at_least, options.at_most
    if least is not None and most is not None and least > most:
        return f"no value is at least {least:g} and at most {most:g}; exchange them"
    if signal.scale is None:
        return None
    low, high = signal.scale.min, signal.scale.max
    for key, limit, every, none in (
        ("at_least", least, low, high),
        ("at_most", most, high, low),
    ):
        if limit is None:
            continue
        beyond, idle = (limit - none, every - limit) if key == "at_least" else (none - limit, limit - every)
        if beyond > 0 or idle >= 0:
            kept = "no answer is" if beyond > 0 else "every answer is"
            message = f"`{key} = {limit:g}`: {kept}, as {signal.id!r} has a scale from {low:g} to {high:g}."
            raise OptionError(key, Diagnostic("CX501", message, hint="Choose a limit between its ends."))
    return None
