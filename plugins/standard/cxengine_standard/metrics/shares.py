"""Shares of answers: top-two-box satisfaction, and the share that meets any condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from cxengine import cel
from cxengine.plugin import Estimates, Metric, option

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
    """

    name = "csat_t2b"
    title = "Customer satisfaction (top two boxes)"
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
    """Share of the answers that meet a condition, in percent."""

    name = "share"
    title = "Share of answers"

    @attrs.frozen(kw_only=True)
    class Options:
        """Which answers count."""

        where: str = option("CEL condition over `value` and `scale`; this or `at_least`.", default="")
        at_least: float | None = option("The smallest value that counts; this or `where`.", default=None)
        direction: Literal["higher_is_better", "lower_is_better"] = option(
            "Whether a large share is good.", default="higher_is_better"
        )

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.direction = options.direction
        condition = options.where or f"value >= {float(options.at_least or 0.0)!r}"
        self.components = {"hits": f"count({condition})"}

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """Exactly one of `where` and `at_least`; `where` must be a condition over the answer."""
        if bool(options.where) == (options.at_least is not None):
            return "share needs either `where` or `at_least`; write one of them"
        if not options.where:
            return None
        point = cel.record({"min": cel.DOUBLE, "max": cel.DOUBLE, "middle": cel.DOUBLE})
        facts: dict[str, Any] = {"value": cel.DOUBLE} | ({"scale": point} if signal.scale else {})
        try:
            cel.Environment(variables=facts).compile(options.where, result=cel.BOOL)
        except cel.CelError as error:
            found = error.diagnostics[0]
            hint = f"; {found.hint}" if found.hint else ""
            return f"`where` is not a condition over the answer: {found.message}{hint}"
        return None
