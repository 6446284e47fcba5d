"""A metric that passes its kit, and one broken for each test of it."""

import attrs
import numpy as np

from cxengine.plugin import Contract, Estimates, Metric, intervals, option
from cxengine.project.model import Scale, Signal
from cxengine.testing import MetricTests


@attrs.frozen(kw_only=True)
class HighOptions:
    """What is high."""

    least: float = option("The smallest answer that counts.", maximum=5)


class High(Metric):
    """The share of high answers."""

    name = "high"
    title = "High answers"
    Options = HighOptions
    components = {"high": "count(value >= options.least)"}

    @classmethod
    def refuses(cls, signal, options):
        return None if signal.scale else "high needs a scale; declare one"

    def range(self):
        return 0.0, 1.0

    def measure(self, components):
        share = intervals.ratio(components["high"], components["w"])
        low, high = intervals.wilson(share, intervals.effective_n(components["w"], components["w2"]))
        return Estimates(share, low, high)

    def draw(self, components, rng, size):
        share = intervals.ratio(components["high"], components["w"])
        n = intervals.effective_n(components["w"], components["w2"])
        return intervals.beta_draws(share, n, rng, size)

    def chances(self, components, limits, side):
        found = High.measure(self, components)
        return intervals.chances(found.value, found.low, found.high, limits, side)


class Kit(MetricTests):
    plugin = High
    options = {"least": 4}
    refused = {"least": {"least": 9}}
    signal = Signal(id="satisfied", wording="How satisfied?", scale=Scale(min=1, max=5, step=1))
    unfit = (Signal(id="minutes", wording="How long?"),)
    answers = [1] * 30 + [2] * 40 + [3] * 80 + [4] * 160 + [5] * 90
    samples = 200

    def truth(self, answers):
        return sum(answer.value >= 4 for answer in answers) / len(answers)


class TestHigh(Kit):
    pass


# --- one broken for each test ------------------------------------------------------------------------


class Nameless(High):
    """x"""

    name = "High share"


class TestNameless(Kit):
    breaks = "test_it_says_what_it_is"
    plugin = Nameless


@attrs.frozen(kw_only=True)
class Undocumented:
    least: float = 4


class Silent(High):
    """x"""

    Options = Undocumented


class TestUndocumented(Kit):
    breaks = "test_its_options_are_documented"
    plugin = Silent


class TestTakesAll(Kit):
    breaks = "test_it_refuses_wrong_options"
    plugin = Silent


class Faithless(High):
    """Says that it needs a scale to ten, and takes any."""

    accepts = Contract(scale=(0, 10))


class TestFaithless(Kit):
    breaks = "test_it_keeps_its_contract"
    plugin = Faithless


class Wrong(High):
    """x"""

    components = {"high": "count(value > options.least)"}


class TestWrong(Kit):
    breaks = "test_its_value_is_true"
    plugin = Wrong


class OneSided(High):
    """Tells how probable it is that something is so high, whatever is asked."""

    def chances(self, components, limits, side):
        return super().chances(components, limits, 1)


class TestOneSided(Kit):
    breaks = "test_chances_are_chances"
    plugin = OneSided


class Sequential(High):
    """Counts how often it was asked."""

    asked = 0

    def measure(self, components):
        self.asked += 1
        found = super().measure(components)
        return Estimates(found.value + self.asked, found.low, found.high)


class TestSequential(Kit):
    breaks = "test_it_does_not_matter_how_rows_are_split"
    plugin = Sequential


class Relative(High):
    """Compares cells."""

    def measure(self, components):
        found = super().measure(components)
        return Estimates(found.value - np.nanmean(found.value), found.low, found.high)


class TestRelative(Kit):
    breaks = "test_cells_do_not_touch_each_other"
    plugin = Relative


class Unweighted(High):
    """Divides by rows."""

    def measure(self, components):
        share = intervals.ratio(components["high"], components["n"])
        low, high = intervals.wilson(np.clip(share, 0, 1), components["n"])
        return Estimates(share, low, high)


class TestUnweighted(Kit):
    breaks = "test_weights_count_like_rows"
    plugin = Unweighted


class Volume(High):
    """Adds up, and does not say so."""

    components = {"high": "sum(value)"}

    def measure(self, components):
        total = components["high"]
        return Estimates(total, total / 2, total * 2)


class TestVolume(Kit):
    breaks = "test_it_adds_up_over_time_as_it_says"
    plugin = Volume


class Boaster(High):
    """Says that a share adds up."""

    adds_up = True


class TestBoaster(Kit):
    breaks = "test_it_adds_up_over_time_as_it_says"
    plugin = Boaster


class Optimist(High):
    """Nobody is fine."""

    def measure(self, components):
        found = super().measure(components)
        return Estimates(np.nan_to_num(found.value), found.low, found.high)


class TestOptimist(Kit):
    breaks = "test_nothing_is_known_of_nobody"
    plugin = Optimist


class Beside(High):
    """Intervals beside the value."""

    def measure(self, components):
        found = super().measure(components)
        return Estimates(found.value, found.value + 0.1, found.value + 0.2)


class TestBeside(Kit):
    breaks = "test_intervals_hold_their_value"
    plugin = Beside


class Overconfident(High):
    """Half the width."""

    def measure(self, components):
        found = super().measure(components)
        half = (found.high - found.low) / 8
        return Estimates(found.value, found.value - half, found.value + half)


class TestOverconfident(Kit):
    breaks = "test_intervals_cover_the_truth"
    plugin = Overconfident


class Timid(High):
    """Everything is possible."""

    def measure(self, components):
        found = super().measure(components)
        return Estimates(found.value, found.value - 0.5, found.value + 0.5)


class TestTimid(Kit):
    breaks = "test_intervals_cover_the_truth"
    plugin = Timid


class Unbounded(High):
    """A normal interval leaves the range."""

    def measure(self, components):
        share = intervals.ratio(components["high"], components["w"])
        return Estimates(share, share - 0.3, share + 0.3)


class TestUnbounded(Kit):
    breaks = "test_values_are_in_range"
    plugin = Unbounded


class OwnDice(High):
    """Draws from dice of its own."""

    def draw(self, components, rng, size):
        return super().draw(components, np.random.default_rng(), size)


class TestOwnDice(Kit):
    breaks = "test_draws_are_about_the_value"
    plugin = OwnDice


class NarrowDice(High):
    """Draws that know too much."""

    def draw(self, components, rng, size):
        value = self.measure(components).value
        return np.repeat(value[:, None], size, axis=1)


class TestNarrowDice(Kit):
    breaks = "test_draws_are_about_the_value"
    plugin = NarrowDice


class Writer(High):
    """Writes into what it is given."""

    def measure(self, components):
        components["high"] *= 1.0
        components["high"] += 0.5
        return super().measure(components)


class TestWriter(Kit):
    breaks = "test_it_leaves_components_alone"
    plugin = Writer


class Polite(High):
    """Refuses nothing."""

    @classmethod
    def refuses(cls, signal, options):
        return None


class TestPolite(Kit):
    breaks = "test_it_refuses_what_it_cannot_measure"
    plugin = Polite


class Upwards(High):
    """Says a direction that is none."""

    direction = "up"


class TestUpwards(Kit):
    breaks = "test_it_keeps_its_promises"
    plugin = Upwards


class Owing(High):
    """Rests on fewer than no answers."""

    def measure(self, components):
        return attrs.evolve(super().measure(components), n=-components["n"])


class TestOwing(Kit):
    breaks = "test_it_keeps_its_promises"
    plugin = Owing
