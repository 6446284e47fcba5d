"""Metrics that a project declares in TOML alone: components and a formula over them, both in CEL."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.plugin import Estimates, Metric, OptionError, option
from cxengine.plugin.component import DAYS, Component, parse, scale_facts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cxengine.project.model import Signal
    from cxengine_standard.metrics.ranged import Ranged

    FloatArray = npt.NDArray[np.float64]

_ANSWERS = "n"
_TAKEN = ("n", "w", "w2")
"""Names of what the engine supplies."""
_COUNTING = "answers that count"
_LEAST = "least of {}"
_TOLERANCE = 1e-9
"""What arithmetic may add to an end of a range, as a part of it."""
_UNBOUNDED = (float("-inf"), float("inf"))


class Formula(Metric):
    """A metric of your own: named components that add up, and a formula over them.

    Formula: as declared, in CEL. Components are `count` and `sum` over the answers; the formula reads
    them by name, and `n`, the answers. With weights all of them are sums of weights, `n` too.

    Interval: the error is that of the delta method: answers are taken as independent and their number as
    a Poisson count, so that totals vary as well as ratios (for a ratio that is the same as a fixed number);
    covariances come from sums of products, which are components too. Declare the `range`: between two ends
    the interval is Wilson's, of a share of as many answers as would have the error; from one end on that of
    `mean` for amounts, bent as far as sums drive the value (or, where they drive it down, its inverse), else
    even on the logarithmic scale. Without a range, a formula that only adds, multiplies and divides what is
    never below 0 ranges from 0 on; else the interval is Student's, as it is of a value outside its `range`,
    which is warned of.

    Limits: an approximation: where neither range nor formula tells that sums of very uneven amounts cannot
    be below 0, the interval covers less than it claims. Where the answers do not vary, it is the whole of
    a range that has one end or none. There is no value where an answer adds to a component, or to the square
    of one, what is divided by 0 or not below 1e20. For shares and means prefer `share` and `mean`.

    Source: Oehlert, A note on the delta method, The American Statistician 46 (1992) 27-29; between two
    ends: Korn, Graubard, Survey Methodology 24 (1998) 193-201.

    Accepts: any answer; components and formula must be CEL over it.

    Habits: an index of one's own with weights that nobody can defend; a formula where a metric of the
    catalogue has a better interval.

    Example:
        [[signal]]
        id = "satisfaction"
        wording = "How satisfied were you?"
        scale = { min = 1, max = 5, step = 1 }

        [[metric]]
        id = "balance"
        use = "formula"
        signal = "satisfaction"

        [metric.options]
        components = { happy = "count(value >= 4.0)", unhappy = "count(value <= 2.0)" }
        formula = "100.0 * (happy - unhappy) / n"
        range = [-100, 100]
        unit = "points"
        direction = "higher_is_better"
    """

    name = "formula"
    title = "Formula"
    question = "Anything else"

    @attrs.frozen(kw_only=True)
    class Options:
        """What is counted, and what is made of it."""

        components: Mapping[str, str] = option(
            "Name to aggregate in CEL over `value`, `censored` and `scale`: `count(value >= 9.0)`,"
            " `sum(value, value > 0.0)`."
        )
        formula: str = option("CEL over the components and `n`, the answers, for example `100.0 * late / n`.")
        unit: str = option("Unit of the result.", default="")
        range: tuple[float, float] | None = option("Smallest and largest possible value.", default=None)
        direction: Literal["higher_is_better", "lower_is_better"] = option("Which end is good.")
        adds_up: bool = option(
            "Whether it is a total over time: twice as long a period has about twice as much. Its changes are"
            " then those per day covered.",
            default=False,
        )

    def __init__(self, options: Options, signal: Signal) -> None:
        super().__init__(options, signal)
        self.unit, self.direction, self.adds_up = options.unit, options.direction, options.adds_up
        constants = scale_facts(signal.scale)
        self._parts = {name: parse(text, constants) for name, text in options.components.items()}
        products = {
            _pair(one, other): _product(self._parts[one], self._parts[other]) for one, other in self._pairs()
        }
        self.made_of = tuple(self._parts)
        self._program = _compiled(options)
        self._sized = self.unbiased = any(part.kind == "sum" for part in self._parts.values())
        self.student = self._sized or not all(map(math.isfinite, self.range()))
        self._evident = options.range is None and _from_nothing(self._program.tree)
        self.components = {**options.components, **products, **self._counting(), **self._least()}

    @classmethod
    def refuses(cls, signal: Signal, options: Options) -> str | None:
        """Components must be sums or counts over the answer, and the formula a number over them.

        Raises:
            OptionError: one of them is not; with the place in it.
        """
        constants = scale_facts(signal.scale)
        for name, text in options.components.items():
            if name in _TAKEN or not name.isidentifier():
                return f"{name!r} cannot be the name of a component; use letters, not n, w or w2"
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
        if options.adds_up and not _doubles(options):
            return (
                "`adds_up` is for totals, and the formula is none: it does not double when all its components"
                " do; leave it out"
            )
        lowest, highest = options.range or (0, 1)
        return None if lowest < highest else "`range` must be the smallest and then the largest value"

    @property
    def wants(self) -> str:
        """A value of the formula."""
        return "its formula to have a value; it has none where something is divided by 0"

    def range(self) -> tuple[float, float]:
        """What the project declares, or no bound."""
        lowest, highest = self.options.range or (float("-inf"), float("inf"))
        return float(lowest), float(highest)

    def measure(self, components: Mapping[str, FloatArray]) -> Estimates:
        """The formula's value with its interval."""
        import numpy as np

        found = self._estimate(components)
        low, high = found.limits()
        if (beyond := self._beyond(found.value)).any():
            near, far = attrs.evolve(found, ends=_UNBOUNDED).limits()
            low, high = np.where(beyond, near, low), np.where(beyond, far, high)
        if self._evident:
            counted = self._no_sum_below(components)
            near, far = attrs.evolve(found, ends=(0.0, float("inf"))).limits()
            low, high = np.where(counted, near, low), np.where(counted, far, high)
        return Estimates(found.value, low, high)

    def draw(self, components: Mapping[str, FloatArray], rng: np.random.Generator, size: int) -> FloatArray:
        """Draws about the value with the delta method's error, spread as the interval is."""
        import numpy as np

        found = self._estimate(components)
        drawn = found.draws(rng, size)
        if (beyond := self._beyond(found.value)).any():
            unbounded = attrs.evolve(found, ends=_UNBOUNDED).draws(rng, size)
            drawn = np.where(beyond[:, None], unbounded, drawn)
        if self._evident:
            from_nothing = attrs.evolve(found, ends=(0.0, float("inf"))).draws(rng, size)
            drawn = np.where(self._no_sum_below(components)[:, None], from_nothing, drawn)
        return drawn

    def chances(self, components: Mapping[str, FloatArray], limits: FloatArray, side: int) -> FloatArray:
        """Those of a value with such an error, of amounts where the formula counts from one end on."""
        import numpy as np

        found = self._estimate(components)
        told = found.chances(limits, side)
        if (beyond := self._beyond(found.value)).any():
            unbounded = attrs.evolve(found, ends=_UNBOUNDED).chances(limits, side)
            told = np.where(beyond, unbounded, told)
        if self._evident:
            from_nothing = attrs.evolve(found, ends=(0.0, float("inf"))).chances(limits, side)
            told = np.where(self._no_sum_below(components), from_nothing, told)
        return told

    def _beyond(self, value: FloatArray) -> npt.NDArray[np.bool_]:
        """Where the value lies outside the declared range, which then says nothing of its interval."""
        lowest, highest = self.range()
        under, over = _TOLERANCE * (1 + abs(lowest)), _TOLERANCE * (1 + abs(highest))
        found: npt.NDArray[np.bool_] = (value < lowest - under) | (value > highest + over)
        return found

    def _least(self) -> dict[str, str]:
        """The components of the least that an answer adds to each sum, where that tells the range."""
        sums = self._parts.items() if self._evident else ()
        return {_LEAST.format(name): f"min({_where(part)})" for name, part in sums if part.kind == "sum"}

    def _no_sum_below(self, components: Mapping[str, FloatArray]) -> npt.NDArray[np.bool_]:
        """Where no answer takes anything from a sum."""
        import numpy as np

        least = [components[name] for name in self._least()]
        return np.all([one >= 0 for one in least], axis=0) if least else np.full(len(components["n"]), True)

    def _counting(self) -> dict[str, str]:
        """The component of the answers that count at all, where that is not all of them."""
        conditions = [part.condition for part in self._parts.values()]
        if (_ANSWERS,) in self._program.reads or not all(conditions):
            return {}
        return {_COUNTING: f"count({' || '.join(f'({condition})' for condition in conditions)})"}

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Every two components, and each with itself; each pair once."""
        names = list(self._parts)
        return ((one, other) for i, one in enumerate(names) for other in names[i:])

    def _estimate(self, components: Mapping[str, FloatArray]) -> Ranged:
        """Value, standard error and what else tells the interval, by cell."""
        import numpy as np

        from cxengine.plugin import intervals
        from cxengine_standard.metrics.ranged import Ranged

        names = (*self._parts, _ANSWERS)
        sums = np.stack([*(components[name] for name in self._parts), components["w"]])
        covariance = self._covariance(components)
        slopes = self._slopes(names, sums, covariance)
        variance = _variance(slopes, covariance)
        scale = np.einsum("ic,iic,ic->c", slopes, covariance, slopes)
        answers = intervals.effective_n(components["w"], components["w2"])
        if _COUNTING in components:
            answers = answers * intervals.ratio(components[_COUNTING], components["w"])
        degrees = np.maximum(answers - 1, 1e-3)
        sized = np.array([name in self._parts and self._parts[name].kind == "sum" for name in names])[:, None]
        up, down = (_variance(np.maximum(side * slopes, 0) * sized, covariance) for side in (1, -1))
        student = np.where(self._sized, answers / degrees, 1.0)
        variance = np.where(variance > 1e-9 * scale, variance * student, 0.0) + components.get(DAYS, 0.0)
        level = np.sum(slopes * sized * sums, axis=0) ** 2 / np.maximum(answers, 1)
        own = np.maximum(_variance(slopes * sized, covariance) - level, 0.0) * student
        return Ranged(
            value=np.where(np.isnan(scale), np.nan, self._values(names, sums)),
            error=np.sqrt(variance),
            degrees=degrees,
            answers=answers,
            driven=np.nan_to_num(intervals.ratio(up - down, up + down)),
            own=np.sqrt(own),
            ends=self.range(),
            sized=self._sized,
        )

    def _slopes(self, names: tuple[str, ...], sums: FloatArray, covariance: FloatArray) -> FloatArray:
        """How the value rises with every component."""
        import numpy as np

        slopes = np.zeros_like(sums)
        for i in range(len(names)):
            step = np.maximum(1e-4 * np.sqrt(covariance[i, i]), 1e-12)
            higher, lower = sums.copy(), sums.copy()
            higher[i] += step
            lower[i] -= step
            slopes[i] = (self._values(names, higher) - self._values(names, lower)) / (2 * step)
        return slopes

    def _values(self, names: tuple[str, ...], sums: FloatArray) -> FloatArray:
        """The formula over many cells; NaN where it has no value."""
        import numpy as np

        found: FloatArray = self._program.columns(dict(zip(names, sums, strict=True))).filled(np.nan)
        return np.where(np.isfinite(found), found, np.nan)

    def _covariance(self, components: Mapping[str, FloatArray]) -> FloatArray:
        """Covariances of the components and of `n`: sums of products, times the mean weight of a weight."""
        import numpy as np

        from cxengine.plugin import intervals

        names = list(self._parts)
        k = len(names)
        heavy = intervals.ratio(components["w2"], components["w"])
        found = np.zeros((k + 1, k + 1, len(heavy)))
        for one, other in self._pairs():
            i, j = names.index(one), names.index(other)
            found[i, j] = found[j, i] = components[_pair(one, other)] * heavy
        for i, name in enumerate(names):
            found[i, k] = found[k, i] = components[name] * heavy
        found[k, k] = components["w2"]
        return found


def _variance(slopes: FloatArray, covariance: FloatArray) -> FloatArray:
    """The variance of a combination of components."""
    import numpy as np

    found: FloatArray = np.einsum("ic,ijc,jc->c", slopes, covariance, slopes)
    return found


def _compiled(options: Formula.Options) -> cel.Program:
    variables = dict.fromkeys((*options.components, _ANSWERS), cel.DOUBLE)
    return cel.Environment(variables=variables).compile(options.formula, result=cel.DOUBLE)


def _doubles(options: Formula.Options) -> bool:
    """Whether twice as much of everything makes twice the value: tried at a point of no meaning."""
    names = (*options.components, _ANSWERS)
    point = {name: 1.0 + 1 / (3 + 2 * place) for place, name in enumerate(names)}
    program = _compiled(options)
    try:
        once, twice = program(point), program({name: 2 * value for name, value in point.items()})
    except cel.CelError:
        return False
    return bool(abs(twice - 2 * once) <= _TOLERANCE * (1 + abs(once)))


def _from_nothing(node: ast.Node) -> bool:
    """Whether a formula cannot be below 0 where none of its components is."""
    if isinstance(node, ast.Literal):
        return bool(node.value >= 0)
    if isinstance(node, ast.Call) and node.function in {"_+_", "_*_", "_/_"}:
        return all(_from_nothing(one) for one in node.arguments)
    return isinstance(node, ast.Variable)


def _pair(one: str, other: str) -> str:
    """The name of the component that holds the products of two."""
    return f"{one} * {other}"


def _where(part: Component) -> str:
    """What an answer adds to a sum, in CEL."""
    return f"({part.condition}) ? ({part.expression}) : 0.0" if part.condition else str(part.expression)


def _product(one: Component, other: Component) -> str:
    """The aggregate of what two components have of an answer, multiplied."""
    conditions = " && ".join(f"({part})" for part in (one.condition, other.condition) if part)
    factors = " * ".join(f"({part})" for part in (one.expression, other.expression) if part)
    if not factors:
        return f"count({conditions})"
    return f"sum({factors}, {conditions})" if conditions else f"sum({factors})"
