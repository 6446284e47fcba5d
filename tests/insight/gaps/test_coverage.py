"""What is stated of gaps holds on planted truth: intervals cover, certainty comes true, as does what remains."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics.means import MeanSatisfaction

from cxengine import journey
from cxengine.insight.find import find
from cxengine.insight.gaps.sizes import above_nothing, sizes
from cxengine.metrics.interval import Interval
from cxengine.metrics.measure import measure
from cxengine.plugin import intervals
from cxengine.project import model

STEPS = np.arange(1.0, 6.0)
DESIRED = 3.6
WANTED = 0.3


def planted(make_project, make_evidence, rng, touchpoints, n):
    """The gaps of touchpoints with answers from shares of every shape about the target, and true means."""
    shares = rng.dirichlet([0.8, 1.2, 1.5, 2.5, 2.5], touchpoints)
    rows, means = [], shares @ STEPS
    for t, row in enumerate(shares):
        values = np.repeat(STEPS, rng.multinomial(n, row))
        rows += [{"signal": "satisfied", "touchpoint": f"t{t}", "value": float(v)} for v in values]
    places = tuple(
        model.Touchpoint(
            id=f"t{t}",
            name="T",
            stage="get",
            desired=WANTED,
            targets=(model.Target(metric="csat", value=DESIRED),),
        )
        for t in range(touchpoints)
    )
    initiatives = tuple(
        model.InitiativeTable(
            id=f"i{t}",
            name="I",
            effort=model.Estimate(1, 1, 1),
            effects=(model.Effect(touchpoint=f"t{t}", metric="csat", change=model.Estimate(0.0, 0.1, 0.5)),),
        )
        for t in range(touchpoints)
    )
    project = make_project(segments=(), touchpoints=places, initiatives=initiatives)
    tables = (model.MetricTable(id="csat", use="csat_mean", signal="satisfied"),)
    project = attrs.evolve(project, metrics=tables)
    satisfied = next(s for s in project.signals if s.id == "satisfied")
    metrics = {"csat": MeanSatisfaction(MeanSatisfaction.Options(), satisfied)}
    evidence = make_evidence(rows)
    measurements = measure(project, evidence, metrics)
    insight = find(project, journey.build(project), evidence, measurements)
    found = {(g.touchpoint, g.measure): g for g in sizes(project, measurements, insight, metrics)}
    return found, {f"t{t}": float(mean) for t, mean in enumerate(means)}


@pytest.fixture
def held(make_project, make_evidence):
    """`held(n, times)`: how often intervals hold the truth, and pairs of stated certainty and truth."""

    def run(n, times, touchpoints=60):
        rng = np.random.default_rng(n)
        covered, stated = {"csat": [], "emotion": [], "remaining": []}, []
        for _ in range(times):
            found, means = planted(make_project, make_evidence, rng, touchpoints, n)
            for (touchpoint, measure_), gap in found.items():
                mean = means[touchpoint]
                truth = DESIRED - mean if measure_ == "csat" else WANTED - (mean - 3) / 2
                covered[measure_].append(gap.size.low <= truth <= gap.size.high)
                stated.append((gap.probability, truth > 0))
                if measure_ == "csat":
                    change = 0.5 * rng.beta(1 + 4 * 0.1 / 0.5, 1 + 4 * 0.4 / 0.5)
                    left = truth - change
                    covered["remaining"].append(gap.remaining.low <= left <= gap.remaining.high)
        return {kind: np.mean(one) for kind, one in covered.items()}, np.array(stated)

    return run


def calibrated(stated, low, high):
    inside = (stated[:, 0] >= low) & (stated[:, 0] < high)
    return stated[inside, 1].mean()


def test_intervals_cover_and_certainty_comes_true(held):
    covered, stated = held(40, 4)
    assert all(0.91 <= share <= 0.985 for share in covered.values())
    assert calibrated(stated, 0.9, 1.1) > 0.95
    assert calibrated(stated, 0.0, 0.1) < 0.05


@pytest.mark.parametrize(("n", "apart"), [(15, 0.05), (40, 0.03), (200, 0.03)])
def test_certainty_comes_true_as_often_as_it_says(n, apart):
    """Over forty thousand truths: at 15 answers small chances are said a little too small."""
    rng = np.random.default_rng(n)
    shares = rng.dirichlet([0.8, 1.2, 1.5, 2.5, 2.5], 40_000)
    counts = rng.multinomial(n, shares)
    means = counts @ STEPS / n
    spread = counts @ STEPS**2 / n - means**2
    low, high = intervals.mean(means, spread, np.full(len(means), float(n)), (1.0, 5.0))
    sizes = zip(DESIRED - means, DESIRED - high, DESIRED - low, strict=True)
    said = np.array([above_nothing(Interval(*size)) for size in sizes])
    true = DESIRED - shares @ STEPS > 0
    for least in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (said >= least) & (said <= least + 0.2)
        assert true[inside].mean() == pytest.approx(said[inside].mean(), abs=apart)


@pytest.mark.slow
@pytest.mark.parametrize("n", [15, 40, 200])
def test_intervals_cover_as_they_say(held, n):
    covered, _ = held(n, 40)
    assert all(0.935 <= share <= 0.97 for share in covered.values())
