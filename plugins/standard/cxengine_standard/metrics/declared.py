"""Metrics that a project declares in TOML alone: components and a formula over them, both in CEL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine import cel
from cxengine.plugin import Estimates, Metric, OptionError, option
from cxengine.plugin.component import Component, parse, scale_facts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal

    FloatArray = npt.NDArray[np.float64]

_GIVEN = ("n", "w")


class Formula(Metric):
    """A metric of your own: named components that add up, and a formula over them.

    Formula: as declared, in CEL. Components are `count` and `sum` over the answers; the formula reads
    them by name, and `n` (answers) and `w` (sum of weights).

    Interval: delta method with Student's t: answers are taken as independent and their number as a
    Poisson count, so that totals vary as well as ratios (for a ratio that is the same as a fixed number);
    covariances come from sums of products, which are components too. It is taken on a logarithmic scale
    towards each end of `range`: declare it.

    Limits: an approximation: of sums of very uneven amounts the interval covers less than it claims
    (`docs/coverage.md` has the figures). Where the answers do not vary, it is the whole range. For shares
    and means prefer `share` and `mean`.

    Source: Oehlert, A note on the delta method, The American Statistician 46 (1992) 27-29.
    """

    name = "formula"
    title = "Formula"
    student = True

    @attrs.frozen(kw_only=True)
    class Options:
        """What is counted, and what is made of it."""

        components: Mapping[str, str] = option(
            "Name to aggregate in CEL over `value`, `censored` and `scale`: `count(value >= 9.0)`,"
            " `sum(value, value > 0.0)`."
        )
        formula: str = option("CEL over the components, `n` and `w`, for example `100.0 * late / n`.")
        unit: str = option("Unit of the result.", default="")
        range: tuple[float, float] | None = option("Smallest and largest possible value.", default=None)
        direction: Literal["higher_is_better", "lower_is_better"] = option("Which end is good.")

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit, self.direction = options.unit, options.direction
        constants = scale_facts(signal.scale)
        self._parts = {name: parse(text, constants) for name, text in options.components.items()}
        products = {
            _pair(one, other): _product(self._parts[one], self._parts[other]) for one, other in self._pairs()
        }
        self.components = {**options.components, **products}
        self._program = _compiled(options)

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """Components must be sums or counts over the answer, and the formula a number over them.

        Raises:
            OptionError: one of them is not; with the place in it.
        """
        constants = scale_facts(signal.scale)
        for name, text in options.components.items():
            if name in _GIVEN or not name.isidentifier():
                return f"{name!r} cannot be the name of a component; use letters that are not n or w"
            try:
                kind = parse(text, constants).kind
            except cel.CelError as error:
                raise OptionError(("components", name), *error.diagnostics) from error
            if kind not in {"count", "sum"}:
                return f"component {name!r} is {kind}(...), of which the error is unknown; use count or sum"
        try:
            _compiled(options)
        except cel.CelError as error:
            raise OptionError("formula", *error.diagnostics) from error
        lowest, highest = options.range or (0, 1)
        return None if lowest < highest else "`range` must be the smallest and then the largest value"

    def range(self) -> tuple[float, float]:
        """What the project declares, or no bound."""
        lowest, highest = self.options.range or (float("-inf"), float("inf"))
        return float(lowest), float(highest)

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The formula's value with its delta interval."""
        import numpy as np
        from scipy.special import stdtrit

        from cxengine.plugin import intervals

        value, error, degrees = self._estimate(components)
        half = stdtrit(degrees, (1 + intervals.LEVEL) / 2)
        low, high = (self._moved(value, error, side * half) for side in (-1, 1))
        lowest, highest = self.range()
        known = np.isfinite(value)
        low = np.where(known, np.where(error > 0, low, lowest), np.nan)
        high = np.where(known, np.where(error > 0, high, highest), np.nan)
        return Estimates(value, low, high)

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws about the value with the delta method's error, t-distributed as the interval is."""
        import numpy as np

        value, error, degrees = self._estimate(components)
        noise = rng.standard_t(degrees[:, None], (len(value), size))
        drawn = self._moved(value[:, None], error[:, None], noise)
        return np.where((error > 0)[:, None], drawn, np.nan)

    def _moved(self, value: FloatArray, error: FloatArray, by: FloatArray) -> FloatArray:
        """The value moved by so many errors, on a scale on which the range has no end.

        That is the logarithm of the distance from the one end of the range, or the logarithm of the odds
        between its two ends.
        """
        import numpy as np

        lowest, highest = self.range()
        below, above = np.isfinite(lowest), np.isfinite(highest)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if below and above:
                share = (value - lowest) / (highest - lowest)
                step = error * by / ((highest - lowest) * share * (1 - share))
                odds = share / (1 - share) * np.exp(step)
                moved = lowest + (highest - lowest) * np.where(np.isinf(odds), 1, odds / (1 + odds))
            elif below:
                moved = lowest + (value - lowest) * np.exp(error * by / (value - lowest))
            elif above:
                moved = highest - (highest - value) * np.exp(-error * by / (highest - value))
            else:
                moved = value + error * by
            end = (value <= lowest) | (value >= highest)
            found: FloatArray = np.where(end, np.clip(value + error * by, lowest, highest), moved)
        return found

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Every two components, and each with itself; each pair once."""
        names = list(self._parts)
        return ((one, other) for i, one in enumerate(names) for other in names[i:])

    def _estimate(self, components: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Value, standard error and degrees of freedom by cell."""
        import numpy as np

        from cxengine.plugin import intervals

        names = (*self._parts, *_GIVEN)
        sums = np.stack([components[name] for name in names])
        covariance = self._covariance(components)
        slopes = np.zeros_like(sums)
        for i in range(len(names)):
            step = np.maximum(1e-4 * np.sqrt(covariance[i, i]), 1e-12)
            higher, lower = sums.copy(), sums.copy()
            higher[i] += step
            lower[i] -= step
            slopes[i] = (self._values(names, higher) - self._values(names, lower)) / (2 * step)
        variance = np.einsum("ic,ijc,jc->c", slopes, covariance, slopes)
        scale = np.einsum("ic,iic,ic->c", slopes, covariance, slopes)
        n = intervals.effective_n(components["w"], components["w2"])
        degrees = np.maximum(n - 1, 1e-3)
        variance = np.where(variance > 1e-9 * scale, variance * n / degrees, 0.0)
        error = np.sqrt(variance)
        return self._values(names, sums), error, degrees

    def _values(self, names: tuple[str, ...], sums: FloatArray) -> FloatArray:
        """The formula over many cells; NaN where it has no value."""
        import numpy as np

        found: FloatArray = self._program.columns(dict(zip(names, sums, strict=True))).filled(np.nan)
        return np.where(np.isfinite(found), found, np.nan)

    def _covariance(self, components: Mapping[str, FloatArray]) -> FloatArray:
        """Covariances of the components, `n` and `w`: sums of products, times the mean weight of a weight."""
        import numpy as np

        from cxengine.plugin import intervals

        names = list(self._parts)
        k = len(names)
        heavy = intervals.ratio(components["w2"], components["w"])
        found = np.zeros((k + 2, k + 2, len(heavy)))
        for one, other in self._pairs():
            i, j = names.index(one), names.index(other)
            found[i, j] = found[j, i] = components[_pair(one, other)] * heavy
        for i, name in enumerate(names):
            found[i, k] = found[k, i] = components[name]
            found[i, k + 1] = found[k + 1, i] = components[name] * heavy
        found[k, k], found[k + 1, k + 1] = components["n"], components["w2"]
        found[k, k + 1] = found[k + 1, k] = components["w"]
        return found


def _compiled(options: Formula.Options) -> cel.Program:
    variables = dict.fromkeys((*options.components, *_GIVEN), cel.DOUBLE)
    return cel.Environment(variables=variables).compile(options.formula, result=cel.DOUBLE)


def _pair(one: str, other: str) -> str:
    """The name of the component that holds the products of two."""
    return f"{one} * {other}"


def _product(one: Component, other: Component) -> str:
    """The aggregate of what two components have of an answer, multiplied."""
    conditions = " && ".join(f"({part})" for part in (one.condition, other.condition) if part)
    factors = " * ".join(f"({part})" for part in (one.expression, other.expression) if part)
    if not factors:
        return f"count({conditions})"
    return f"sum({factors}, {conditions})" if conditions else f"sum({factors})"
