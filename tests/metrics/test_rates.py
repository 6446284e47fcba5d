"""Rates and totals: what comes back, who leaves, what is sold; oracles counted by hand, and coverage."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from cxengine_standard.metrics import (
    AgentResolution,
    Churn,
    RepeatResolution,
    Retention,
    Revenue,
    Sentiment,
    SurveyResolution,
    Usage,
)
from scipy import stats

from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

NONE = NoOptions()
FLAG = model.Scale(min=0, max=1, step=1)


def flag(**declared):
    return model.Signal(id="flag", wording="?", scale=FLAG, **declared)


def contact(customer, day, value=1.0, touchpoint="order"):
    moment = dt.datetime(2024, 3, 1) + dt.timedelta(days=day)
    row = {"signal": "flag", "touchpoint": touchpoint, "value": float(value), "customer": customer}
    return row | {"occurred_at": moment}


CONTACTS = [
    contact("a", 0), contact("a", 5), contact("a", 20),  # the first comes back in time, the second does not
    contact("b", 1), contact("b", 3, touchpoint="search"),  # another touchpoint is another issue
    contact("c", 2, value=0), contact("c", 4),  # not resolved: no issue, but the contact after it is
    contact("d", 26),  # too young
    contact("e", 10), contact("e", 17),  # back on the last day of the window
    contact(None, 1), contact(None, 2),  # nobody knows who
    contact("f", 30),  # the last contact of all
]  # fmt: skip


def test_nobody_came_back(make_project, make_evidence):
    signal = flag()
    metric = RepeatResolution(RepeatResolution.Options(), signal)
    found = measure(make_project(signals=(signal,)), make_evidence(CONTACTS), {"fcr": metric})
    cell = found.get("fcr", "touchpoint", "order")
    # old enough: a0 a5 a20 b1 c4 e10 e17; came back: a0, e10
    assert (cell.n, cell.value) == (7, pytest.approx(100 * 5 / 7))
    search = found.get("fcr", "touchpoint", "search")
    assert (search.n, search.value) == (1, 100)
    pooled = found.get("fcr", "stage", "choose")
    assert (pooled.n, pooled.value) == (8, pytest.approx(100 * 6 / 8))
    shorter = RepeatResolution(RepeatResolution.Options(within=4.0), signal)
    found = measure(make_project(signals=(signal,)), make_evidence(CONTACTS), {"fcr": shorter})
    # a0 a5 a20 b1 c4 d26 e10 e17: nobody is back within four days
    assert (found.get("fcr", "touchpoint", "order").n, found.get("fcr", "touchpoint", "order").value) == (
        8,
        100,
    )


def test_contacts_that_are_too_young_tell_nothing():
    """Of as many contacts as are old, whichever number that is: not one less, as of a share of a double."""
    metric = RepeatResolution(RepeatResolution.Options(), flag())
    old = np.array([float(k) for n in range(1, 60) for k in range(1, n + 1)])
    n = np.array([float(n) for n in range(1, 60) for _ in range(1, n + 1)])
    found = metric.measure({"n": n, "w": n, "w2": n, "old": old, "kept": np.floor(old / 2)})
    assert found.n.astype(int).tolist() == old.astype(int).tolist()
    (place,) = np.flatnonzero((n == 20) & (old == 8))  # of 8, 4 were kept
    wilson = stats.binomtest(4, 8).proportion_ci(method="wilson")
    assert (found.low[place], found.high[place]) == pytest.approx((100 * wilson.low, 100 * wilson.high))


def test_the_window_costs_the_other_metrics_nothing(make_project, make_evidence):
    signal = flag()
    metrics = {
        "fcr": RepeatResolution(RepeatResolution.Options(), signal),
        "churn": Churn(NONE, signal),
    }
    both = measure(make_project(signals=(signal,)), make_evidence(CONTACTS), metrics)
    alone = measure(make_project(signals=(signal,)), make_evidence(CONTACTS), {"churn": metrics["churn"]})
    assert both.get("churn", "touchpoint", "order") == alone.get("churn", "touchpoint", "order")


def test_kept_and_lost_are_two_sides(make_project, make_evidence):
    signal = flag(about="relationship", direction="lower_is_better")
    rows = [{"signal": "flag", "touchpoint": "journey", "value": v} for v in [1.0] * 12 + [0.0] * 38]
    metrics = {"churn": Churn(NONE, signal), "retention": Retention(NONE, signal)}
    found = measure(make_project(signals=(signal,)), make_evidence(rows), metrics)
    lost, kept = (found.get(name, "journey", "shop") for name in ("churn", "retention"))
    assert (lost.value, kept.value) == (24, 76)
    assert (lost.low, lost.high) == (pytest.approx(100 - kept.high), pytest.approx(100 - kept.low))


@pytest.mark.parametrize("n", [10, 30, 100, 1000])
def test_revenue_covers_what_was_planted(n):
    rng = np.random.default_rng(n)
    cells = 2000
    count = np.maximum(rng.poisson(n, cells), 1)
    amounts = np.where(
        np.arange(count.max()) < count[:, None], rng.lognormal(3, 0.5, (cells, count.max())), 0
    )
    size = count.astype(float)
    metric = Revenue(NONE, model.Signal(id="paid", wording="?"))
    parts = {"n": size, "w": size, "w2": size, "total": amounts.sum(1), "squares": (amounts**2).sum(1)}
    parts |= dict.fromkeys(("back", "back_squares", "times_back"), np.zeros(cells))
    found = metric.measure(parts)
    truth = n * np.exp(3 + 0.125)
    covered = (found.low <= truth) & (found.high >= truth)
    assert 0.935 < covered.mean() < 0.965
    drawn = metric.draw({k: v[:3] for k, v in parts.items()}, rng, 20_000)
    width = (found.high - found.low)[:3]
    assert (np.abs(np.quantile(drawn, 0.5, axis=1) - found.value[:3]) < 0.25 * width).all()


def test_sentiment_and_its_correction(make_project, make_evidence):
    signal = model.Signal(id="tone", wording="?", scale=model.Scale(min=-1, max=1))
    rows = [
        {"signal": "tone", "touchpoint": "order", "value": v}
        for v in [0.8] * 50 + [0.0] * 20 + [0.04] * 10 + [-0.05] * 20
    ]
    plain = Sentiment(Sentiment.Options(), signal)
    known = Sentiment(Sentiment.Options(sensitivity=0.8, specificity=0.9), signal)
    found = measure(make_project(signals=(signal,)), make_evidence(rows), {"plain": plain, "known": known})
    raw, corrected = (found.get(name, "touchpoint", "order") for name in ("plain", "known"))
    assert raw.value == 30
    assert corrected.value == pytest.approx(((0.5 - 0.1) - (0.2 - 0.1)) / 0.7 * 100)
    assert corrected.high - corrected.low == pytest.approx((raw.high - raw.low) / 0.7)
    assert "tells nothing" in Sentiment.refuses(signal, Sentiment.Options(sensitivity=0.3, specificity=0.6))


REFUSED = [
    (AgentResolution, flag(mode="web"), "another metric"),
    (AgentResolution, flag(), "says nothing"),
    (SurveyResolution, flag(mode="agent"), "mode"),
    (SurveyResolution, flag(mode="web", about="relationship"), "about the transaction"),
    (SurveyResolution, model.Signal(id="x", wording="?", mode="web"), "declares no scale"),
    (Churn, flag(direction="lower_is_better"), "about the relationship"),
    (Churn, flag(about="relationship"), "lower_is_better"),
    (Usage, model.Signal(id="x", wording="?", scale=model.Scale(min=-5, max=5)), "from 0 on"),
]


@pytest.mark.parametrize(("metric", "signal", "says"), REFUSED)
def test_contracts_are_kept(metric, signal, says):
    assert says in metric.refuses(signal, NONE)
