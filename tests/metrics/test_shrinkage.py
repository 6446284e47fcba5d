"""Segments drawn towards everybody are nearer to the truth than raw ones."""

from __future__ import annotations

from itertools import chain, product

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, NetPromoterScore, TopTwoBox
from scipy import stats

from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import Measurement
from cxengine.metrics.shrinkage import between, shrunk, to_everybody, towards
from cxengine.plugin import NoOptions
from cxengine.project import model


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.3, 1.0])
def test_nearer_to_the_truth_than_raw(spread):
    rng = np.random.default_rng(round(10 * spread))
    raw = drawn = 0.0
    for _ in range(400):
        truth = 3.5 + spread * rng.standard_normal(8)
        errors = rng.uniform(0.1, 0.5, 8)
        values = truth + errors * rng.standard_normal(8)
        raw += float(((values - truth) ** 2).sum())
        drawn += float(((towards(values, errors, 3.5)[0] - truth) ** 2).sum())
    assert drawn < raw
    assert spread > 0.5 or drawn < 0.9 * raw


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(1)
    held = asked = 0
    for _ in range(400):
        truth = 3.5 + 0.4 * rng.standard_normal(20)
        errors = rng.uniform(0.2, 0.5, 20)
        value, error, _ = towards(truth + errors * rng.standard_normal(20), errors, 3.5)
        held += int((np.abs(value - truth) <= 1.96 * error).sum())
        asked += 20
    assert 0.935 <= held / asked <= 0.965


PLACES = 24
SHARES = np.array([0.1, 0.15, 0.25, 0.3, 0.2])
LOYAL = np.array([2, 2, 2, 2, 2, 2, 5, 8, 17, 30, 28]) / 100


@attrs.frozen
class Planted:
    """Segments whose true shares of answers are spread about those of everybody."""

    metric: type
    shares: np.ndarray
    first: int
    """The least answer."""

    @property
    def scale(self):
        return np.arange(self.first, self.first + len(self.shares), dtype=float)

    def truth(self, shares):
        """The true values, given true shares of answers: the metric of very many answers."""
        if self.metric is NetPromoterScore:
            return 100 * (shares[..., 9:].sum(axis=-1) - shares[..., :7].sum(axis=-1))
        if self.metric is TopTwoBox:
            return 100 * shares[..., 3:].sum(axis=-1)
        return shares @ self.scale


PLANTED = {
    "nps": Planted(NetPromoterScore, LOYAL, 0),
    "csat": Planted(MeanSatisfaction, SHARES, 1),
    "t2b": Planted(TopTwoBox, SHARES, 1),
}


def told(make_project, make_evidence, planted, rng, segments, n, alike):
    """Raw and drawn values of segments at many touchpoints, as they are measured, and the true ones."""
    places = [f"t{i}" for i in range(PLACES)]
    signal = model.Signal(
        id="asked", wording="?", scale=model.Scale(min=planted.first, max=float(planted.scale[-1]), step=1)
    )
    made = make_project(
        signals=(signal,),
        touchpoints=tuple(model.Touchpoint(id=place, name=place, stage="choose") for place in places),
        segments=tuple(
            model.Segment(id=f"s{i}", name=f"s{i}", when=f"attributes.age == {i}.0") for i in range(segments)
        ),
    )
    shares = rng.dirichlet(np.maximum(planted.shares * alike, 1e-3), (PLACES, segments))
    rows = [
        {"signal": "asked", "touchpoint": place, "value": float(value), "a_age": float(segment)}
        for place, here in zip(places, shares, strict=True)
        for segment, share in enumerate(here)
        for value in rng.choice(planted.scale, n, p=share)
    ]
    metric = planted.metric(NoOptions(), signal)
    found = measure(made, make_evidence(rows), {"m": metric})
    truth = planted.truth(shares)
    for i, place in enumerate(places):
        drawn = shrunk(found, "m", "touchpoint", place, [s.id for s in made.segments])
        for j in range(segments):
            raw = found.get("m", "touchpoint", place, segment=f"s{j}")
            yield raw, drawn[f"s{j}"], truth[i, j], metric.range()


@pytest.mark.parametrize("alike", [1e6, 20.0, 4.0], ids=["none", "some", "wide"])
@pytest.mark.parametrize(
    ("segments", "n"),
    [(8, 10), *(pytest.param(k, n, marks=pytest.mark.slow) for k, n in product((4, 8, 20), (10, 30, 100)))],
)
@pytest.mark.parametrize("name", PLANTED)
def test_metrics_of_the_catalogue(make_project, make_evidence, name, segments, n, alike):
    """Nearer than raw, within the range, and as sure as said, as they are measured: not in numbers made up."""
    rng = np.random.default_rng([segments, n, round(alike), len(name)])
    rounds = [told(make_project, make_evidence, PLANTED[name], rng, segments, n, alike) for _ in range(2)]
    raw, drawn, held, asked = 0.0, 0.0, 0, 0
    for before, after, truth, (least, most) in chain.from_iterable(rounds):
        assert least <= after.low <= after.value <= after.high <= most
        raw, drawn = raw + (before.value - truth) ** 2, drawn + (after.value - truth) ** 2
        held, asked = held + (after.low <= truth <= after.high), asked + 1
    assert drawn <= 1.03 * raw
    assert alike < 20 or n > 30 or drawn < 0.9 * raw
    assert held / asked >= 0.9
    assert alike > 4 or held / asked <= 0.98


def test_everybody_content_in_a_small_segment_stays_on_the_scale(make_project, make_evidence, signals):
    def at(n, good, **person):
        values = [5.0 if i < good else 2.0 for i in range(n)]
        return [{"signal": "satisfied", "touchpoint": "search", "value": v, **person} for v in values]

    rows = at(60, 56, a_country="NL") + at(12, 12, a_country="BE") + at(15, 9, a_country="DE", a_age=20.0)
    metrics = {"t2b": TopTwoBox(NoOptions(), signals["satisfied"])}
    found = measure(make_project(), make_evidence(rows), metrics)
    drawn = shrunk(found, "t2b", "touchpoint", "search", ["dutch", "belgian", "young"])
    raw = found.get("t2b", "touchpoint", "search", segment="belgian")
    overall = found.get("t2b", "touchpoint", "search").value
    assert raw.value == 100
    assert overall < drawn["belgian"].value < 100
    assert raw.low < drawn["belgian"].low
    assert drawn["belgian"].high == 100


def one(value, low, high, n=50):
    return Measurement(value, low, high, n, float(n))


def test_amounts_keep_how_unevenly_their_limits_lie():
    found = [one(10, 8, 16), one(12, 9, 30), one(30, 20, 60), one(5, 0.5, 11)]
    drawn = to_everybody(found, one(13, 11, 16), (0.0, np.inf))
    for before, after in zip(found, drawn, strict=True):
        ratio = (before.high - before.value) / (before.value - before.low)
        assert after.low >= 0
        if after.low > 0:
            assert (after.high - after.value) / (after.value - after.low) == pytest.approx(ratio)


@pytest.mark.parametrize("ends", [(0.0, 100.0), (-np.inf, np.inf)])
def test_what_is_certain_stays(ends):
    found = [one(value, value, value) for value in (1.0, 2.0, 4.0)]
    drawn = to_everybody(found, one(2.0, 2.0, 2.0), ends)
    assert [(d.value, d.low, d.high, d.kept) for d in drawn] == [(m.value, m.low, m.high, 1.0) for m in found]


@pytest.mark.parametrize("value", [0.0, 100.0])
def test_where_all_answer_alike_nothing_is_claimed_to_be_certain(value):
    low, high = (0.0, 27.8) if value == 0 else (72.2, 100.0)
    around = one(value, *((0.0, 8.8) if value == 0 else (91.2, 100.0)), 40)
    for drawn in to_everybody([one(value, low, high, 10)] * 4, around, (0.0, 100.0)):
        assert drawn.value == value
        assert 0 <= drawn.low <= value <= drawn.high <= 100
        assert drawn.high - drawn.low > 5


def test_values_beyond_a_declared_range_are_within_their_intervals():
    found = [one(101, 99, 104), one(98, 90, 100), one(80, 60, 95)]
    for drawn in to_everybody(found, one(95, 92, 98), (0.0, 100.0)):
        assert drawn.low <= drawn.value <= drawn.high


def shares_drawn(*values):
    """Shares of four segments of 25 answers, each give or take .2, drawn towards .5 [.4, .6] of 100."""
    limits = np.array([(value, value - 0.2, value + 0.2) for value in values]).T
    return between(limits, np.full(4, 25.0), np.array([0.5, 0.4, 0.6]), 100.0)


SCATTER = (100 + 1.959964**2) * (
    0.2 / (2 * 1.959964)
) ** 2  # of a single answer, by everybody's interval: .2703


def test_shares_that_differ_as_by_chance_are_half_drawn_by_hand():
    """Of four, half of what chance explains is taken away, and everybody's own error comes on top."""
    value, low, high, kept = shares_drawn(0.5, 0.5, 0.5, 0.5)
    assert (value, kept) == (pytest.approx([0.5] * 4), pytest.approx([0.5] * 4))
    trials = 25 * 0.25 / SCATTER / (1 - 0.5)
    variance, unsure = 0.25 / (trials + 1), (0.5 * 0.2 / (2 * 1.959964)) ** 2
    worth = (trials + 1) * variance / (variance + unsure) - 1
    half = (worth - 1) / 2 + 0.5  # hits and misses of so many trials less one, and half a one of either
    assert (low, high) == tuple(
        pytest.approx([stats.beta.ppf(q, half, half)] * 4, rel=1e-4) for q in (0.025, 0.975)
    )


def test_shares_that_differ_more_are_drawn_less_by_hand():
    """Squares of 25 * (.04 + .04) are 2, of which chance explains 3 of .2703; the rest over 24 * 3 is spread."""
    value, _, _, kept = shares_drawn(0.3, 0.5, 0.5, 0.7)
    spread = (2 - 3 * SCATTER) / (24 * 3)
    noise = (SCATTER - spread) / 25
    drawn = 0.5 * noise / (spread + noise)
    assert kept == pytest.approx([1 - drawn] * 4, rel=1e-6)
    assert value == pytest.approx([0.3 + 0.2 * drawn, 0.5, 0.5, 0.7 - 0.2 * drawn], rel=1e-6)


def test_drawing_makes_no_value_less_sure():
    values, errors = np.array([1.0, 2.0, 2.0, 2.0, 9.0]), np.array([0.5, 0.1, 0.1, 3.0, 3.0])
    _, error, kept = towards(values, errors, 2.0)
    assert (error <= errors).all()
    drawn = 1 - kept[4]
    assert (1 - drawn) * 9 + 2 / 3 * (7 * drawn) ** 2 > 9  # what it would be, so far away
    assert error[4] == 3.0


def test_by_hand():
    value, error, kept = towards(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]), 2.0)
    spread = (8 - 3) / 12  # (squares over variances less segments) over the sum of 1 / variance
    drawn = 1 / 3 * 0.25 / (spread + 0.25)
    assert kept == pytest.approx([1 - drawn] * 3)
    assert value == pytest.approx([1 + drawn, 2, 3 - drawn])
    assert error[1] == pytest.approx((0.25 * (1 - drawn)) ** 0.5)
    assert error[0] == pytest.approx(min(0.25 * (1 - drawn) + 2 * drawn**2, 0.25) ** 0.5)


@pytest.mark.parametrize("far", [1.5, 3.0, 1e9])
def test_a_value_without_error_stays(far):
    value, error, kept = towards(np.array([far, 1.7, 4.5]), np.array([0.0, 59.0, 19.0]), 0.0)
    assert (value[0], kept[0]) == (far, 1.0)
    assert error[0] < 1e-60
    assert np.isfinite([*value, *error, *kept]).all()


def test_two_segments_stay_as_they_are():
    value, error, kept = towards(np.array([1.0, 3.0]), np.array([0.5, 0.5]), 2.0)
    assert (value.tolist(), error.tolist(), kept.tolist()) == ([1, 3], [0.5, 0.5], [1, 1])


def test_small_segments_move_most_and_raw_values_stay(make_project, make_evidence, signals):
    def at(n, value, **person):
        return [
            {"signal": "satisfied", "touchpoint": "search", "value": float(value + i % 2), **person}
            for i in range(n)
        ]

    rows = at(300, 2, a_country="NL") + at(12, 4, a_country="BE") + at(90, 3, a_country="DE", a_age=20.0)
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    found = measure(make_project(minimum_n=10), make_evidence(rows), metrics)
    segments = [segment.id for segment in make_project().segments]
    drawn = shrunk(found, "csat", "touchpoint", "search", segments)
    shown = {
        c.segment for (_, c), m in found.by_cell.items()
        if (c.subject, c.period) == ("search", "current") and c.segment != "all" and not m.suppressed
    }  # fmt: skip
    assert set(drawn) == shown
    overall = found.get("csat", "touchpoint", "search").value
    belgian = found.get("csat", "touchpoint", "search", segment="belgian")
    assert overall < drawn["belgian"].value < belgian.value
    assert drawn["belgian"].kept < drawn["dutch"].kept < 1
    assert shrunk(found, "csat", "touchpoint", "delivery", segments) == {}


def test_what_is_not_known_at_all_stays_and_tells_nothing_of_others():
    """As a formula over the answers of one customer, whose error has no bound."""
    values, errors = np.array([1.0, 2.0, 3.0, 9.0]), np.array([0.5, 0.5, 0.5, 1e160])
    value, error, kept = towards(values, errors, 2.0)
    for found, alone in zip((value, error, kept), towards(values[:3], errors[:3], 2.0), strict=True):
        assert np.array_equal(found[:3], alone)
    assert (value[3], error[3], kept[3]) == (9.0, 1e160, 1.0)
    assert np.array_equal(towards(values, np.full(4, np.inf), 2.0)[0], values)
