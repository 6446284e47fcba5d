"""The conformance kit for metrics: right, additive, and honest about its uncertainty."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import numpy as np
import pytest

from cxengine.plugin import Estimates, Metric, promises
from cxengine.testing.answers import Answer, Read, added, reader
from cxengine.testing.contracts import otherwise
from cxengine.testing.kit import Kit

if TYPE_CHECKING:
    from cxengine.project.model import Signal

SEED = 20_260_105


class MetricTests(Kit):
    """Set `plugin`, `signal` and `answers`; say in plain Python what the value is in `truth`."""

    plugin: ClassVar[type[Metric]]
    signal: ClassVar[Signal]
    """A declaration that the metric accepts."""
    answers: ClassVar[Sequence[float | Answer]]
    """Some hundred answers as they occur, from which samples are drawn."""
    unfit: ClassVar[Sequence[Signal]] = ()
    """Declarations that the metric must refuse, at least one where it needs anything of a signal."""
    sample: ClassVar[int] = 60
    """Answers in each sample of the coverage test."""
    samples: ClassVar[int] = 400
    coverage: ClassVar[tuple[float, float]] = (0.90, 0.99)
    """Between which shares of samples the 95% interval must hold the truth."""
    error: ClassVar[float] = 1e-9
    """How far a value may be from the truth, as a share of it; quantiles of histograms are not exact."""

    def truth(self, answers: Sequence[Answer]) -> float:
        """The value for these answers, each of weight 1, by the textbook and without components."""
        raise NotImplementedError("say what the value of the metric is, in plain Python")

    # --- tests -------------------------------------------------------------------------------------

    def test_its_value_is_true(self) -> None:
        """On all answers, and on every small sample."""
        metric, read = self._metric()
        cells = [self._answers(), *self._samples(8, 20)]
        found = metric.measure(read(cells)).value
        wanted = np.array([self.truth(cell) for cell in cells])
        np.testing.assert_allclose(found, wanted, rtol=self.error, atol=self.error)

    def test_it_does_not_matter_how_rows_are_split(self) -> None:
        """Components add up: by batch, by segment, by engine, in any order."""
        metric, read = self._metric()
        chance = random.Random(SEED)  # noqa: S311 - not a secret
        whole = metric.measure(read([self._answers()]))
        for parts in (2, 3, 7):
            split: list[list[Answer]] = [[] for _ in range(parts)]
            for answer in self._shuffled(chance):
                chance.choice(split).append(answer)
            _same(metric.measure(added(metric, [read([part]) for part in split])), whole)

    def test_cells_do_not_touch_each_other(self) -> None:
        """Measured together or one by one: the same."""
        metric, read = self._metric()
        cells = [*self._samples(5, 30), []]
        together = metric.measure(read(cells))
        for index, cell in enumerate(cells):
            _same(metric.measure(read([cell])), _cell(together, index))

    def test_it_adds_up_over_time_as_it_says(self) -> None:
        """With `adds_up`, the values of parts add up; without, twice as many answers are no more."""
        metric, read = self._metric()
        answers = self._answers()
        if metric.adds_up:
            parts = metric.measure(read([answers[::3], answers[1::3], answers[2::3]]))
            whole = metric.measure(read([answers]))
            np.testing.assert_allclose(parts.value.sum(), whole.value[0], rtol=max(self.error, 1e-9))
        else:
            once, twice = metric.measure(read([answers, answers * 2])).value
            assert once == 0 or not np.isclose(twice, 2 * once, rtol=1e-6), (
                "twice the answers have twice the value: say `adds_up = True`"
            )

    def test_weights_count_like_rows(self) -> None:
        """An answer of weight 2 counts like two answers, whether all have it or some."""
        metric, read = self._metric()
        answers = self._answers()
        for every in (1, 3):
            heavy = [_weighted(a, 2.0) if i % every == 0 else a for i, a in enumerate(answers)]
            repeated = [a for i, a in enumerate(answers) for _ in range(2 if i % every == 0 else 1)]
            found, wanted = metric.measure(read([heavy])), metric.measure(read([repeated]))
            np.testing.assert_allclose(found.value, wanted.value, rtol=1e-9)

    def test_nothing_is_known_of_nobody(self) -> None:
        """A cell without answers is not a number, and no failure; nor is a single answer a failure."""
        metric, read = self._metric()
        nobody = metric.measure(read([[]]))
        for values in (nobody.value, nobody.low, nobody.high):
            assert np.isnan(values).all(), "a cell without answers has a value or an interval"
        one = metric.measure(read([self._answers()[:1]]))
        assert not np.isinf(one.value).any()
        draws = metric.draw(read([[]]), np.random.default_rng(SEED), 5)
        assert np.isnan(draws).all(), "draws for a cell without answers are numbers"

    def test_intervals_hold_their_value(self) -> None:
        """Low <= value <= high, and more answers make it narrower."""
        metric, read = self._metric()
        few, many = self._answers()[: self.sample], self._answers() * 4
        found = metric.measure(read([few, many]))
        assert (found.low <= found.value + 1e-9).all(), "the interval begins above the value"
        assert (found.value <= found.high + 1e-9).all(), "the interval ends below the value"
        width = found.high - found.low
        assert width[1] < width[0], "more answers do not make the interval narrower"

    def test_intervals_cover_the_truth(self) -> None:
        """In 95 of 100 samples the interval holds the value of the population."""
        metric, read = self._metric()
        truth = self.truth(self._answers())
        found = metric.measure(read(self._samples(self.samples, self.sample)))
        covered = float(np.mean((found.low <= truth) & (truth <= found.high)))
        low, high = self.coverage
        assert low <= covered <= high, f"{covered:.1%} of the intervals hold the truth"

    def test_chances_are_chances(self) -> None:
        """Where it tells them itself: from 0 to 1, and the farther off a limit is, the smaller."""
        metric, read = self._metric()
        components = read(self._samples(20, self.sample))
        found = metric.measure(components)
        width = np.where(np.isfinite(found.high - found.low), found.high - found.low, np.abs(found.value))
        for side in (-1, 1):
            limits = [np.clip(found.value - side * far * width, *metric.range()) for far in (0, 0.5, 1)]
            told = [metric.chances(components, limit, side) for limit in limits]
            known = np.array([chances for chances in told if chances is not None])
            assert len(known) in {0, len(told)}, "it tells chances of some limits only"
            assert ((known >= 0) & (known <= 1)).all(), "chances that are not between 0 and 1"
            assert (np.diff(known, axis=0) <= 1e-9).all(), "a value farther off its limit is more probable"

    def test_values_are_in_range(self) -> None:
        """Values, intervals and draws stay within `range`."""
        metric, read = self._metric()
        low, high = metric.range()
        assert low < high, "the range is empty"
        components = read([*self._samples(20, 5), self._answers()])
        found = metric.measure(components)
        draws = metric.draw(components, np.random.default_rng(SEED), 20)
        for values in (found.value, found.low, found.high, draws):
            known = values[~np.isnan(values)]
            assert ((known >= low - 1e-9) & (known <= high + 1e-9)).all(), f"outside {low:g} to {high:g}"

    def test_draws_are_about_the_value(self) -> None:
        """Of the right shape, around the value, as wide as the interval, and the same for the same seed."""
        metric, read = self._metric()
        components = read([self._answers()])
        found = metric.measure(components)
        draws = metric.draw(components, np.random.default_rng(SEED), 2000)
        assert draws.shape == (1, 2000)
        again = metric.draw(components, np.random.default_rng(SEED), 2000)
        assert np.array_equal(draws, again), "draws do not come from the generator they are given"
        half = (found.high - found.low)[0] / 2
        assert abs(np.median(draws) - found.value[0]) <= half, "draws are not about the value"
        spread = (np.quantile(draws, 0.975) - np.quantile(draws, 0.025)) / 2
        assert 0.5 * half <= spread <= 2 * half, (
            f"draws are {spread / half:.2g} times as wide as the interval"
        )

    def test_it_leaves_components_alone(self) -> None:
        """Other metrics read the same arrays."""
        metric, read = self._metric()
        components = read([self._answers(), []])
        before = copy.deepcopy(components)
        metric.measure(components)
        metric.draw(components, np.random.default_rng(SEED), 5)
        for name, column in components.items():
            if isinstance(column, np.ndarray):
                np.testing.assert_array_equal(column, before[name], err_msg=f"{name} was changed")

    def test_it_refuses_what_it_cannot_measure(self) -> None:
        """With a reason; what it can measure it accepts."""
        options = self.structured()
        assert self.plugin.refuses(self.signal, options) is None
        for signal in self.unfit:
            reason = self.plugin.refuses(signal, options)
            assert reason, f"it accepts the signal {signal.id}"
            assert len(reason) > 15, f"{reason!r} says nothing"

    def test_it_keeps_its_promises(self) -> None:
        """What it says of itself and what it returns is what the engine takes, of few answers, too."""
        metric, read = self._metric()
        said = promises.misdeclared(metric)
        assert not said, said
        components = read([self._answers(), *self._samples(5, 3), self._answers()[:1], []])
        rng = np.random.default_rng(SEED)
        returned: dict[str, tuple[Any, ...]] = {"range": (), "measure": (components,)}
        returned["draw"] = (components, rng, 5)
        for name, check in promises.of(self.plugin):
            if name in returned:
                broken = check(metric, getattr(metric, name)(*returned[name]), returned[name])
                assert not broken, f"`{name}` returned {broken}"

    def test_it_keeps_its_contract(self) -> None:
        """A signal that is declared otherwise than `accepts` says is refused, or told."""
        options = self.structured()
        assert self.plugin.doubts(self.signal, options) is None
        for requirement, signal in otherwise(self.plugin.accepts, self.signal):
            told = self.plugin.refuses(signal, options) or self.plugin.doubts(signal, options)
            assert told, f"it says what {requirement} it accepts, and takes another"

    # --- how ---------------------------------------------------------------------------------------

    def use(self, options: Any) -> None:
        """Options of a metric may prove wrong when it is asked about a signal."""
        reason = self.plugin.refuses(self.signal, options)
        if reason:
            raise _refusal(reason)
        reader(self.plugin(options, self.signal))

    def _metric(self) -> tuple[Metric, Read]:
        metric = self.plugin(self.structured(), self.signal)
        try:
            return metric, reader(metric)
        except NotImplementedError as error:
            pytest.skip(f"{error}: the kit has only answers")

    def _answers(self) -> list[Answer]:
        return [a if isinstance(a, Answer) else Answer(float(a)) for a in self.answers]

    def _shuffled(self, chance: random.Random) -> list[Answer]:
        answers = self._answers()
        chance.shuffle(answers)
        return answers

    def _samples(self, count: int, size: int) -> list[list[Answer]]:
        """Samples of the answers, drawn with replacement."""
        chance = random.Random(SEED)  # noqa: S311 - not a secret
        answers = self._answers()
        return [chance.choices(answers, k=size) for _ in range(count)]


def _weighted(answer: Answer, factor: float) -> Answer:
    return attrs.evolve(answer, weight=answer.weight * factor)


def _cell(found: Estimates, index: int) -> Estimates:
    part = slice(index, index + 1)
    return Estimates(found.value[part], found.low[part], found.high[part])


def _same(found: Estimates, wanted: Estimates) -> None:
    for name in ("value", "low", "high"):
        one, other = getattr(found, name), getattr(wanted, name)
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=f"`{name}` differs")


def _refusal(reason: str) -> Exception:
    from cxengine.diagnostics import Diagnostic, ProjectError

    return ProjectError(Diagnostic("CX501", reason))
